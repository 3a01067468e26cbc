import { initAll } from "./start.js";
initAll();
