import { createAll, Button, CharacterCount, Checkboxes, ErrorSummary, PasswordInput, Radios, SkipLink, NotificationBanner, Tabs } from "govuk-frontend";
import { listen } from "./stream.js";
import { soundAlerts, showWall } from "./alerts.js";
import { walkRows } from "./rows.js";
import { keepDraft } from "./drafts.js";
import { takeFiles } from "./attach.js";
import { offerPasskeys } from "./passkeys.js";

// Every page works without this file; it only makes some things quicker.
export function initAll() {
  document.documentElement.classList.add("js");
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  for (const part of [Button, CharacterCount, Checkboxes, ErrorSummary, NotificationBanner, PasswordInput, Radios, SkipLink, Tabs]) {
    createAll(part);
  }
  offerPasskeys();
  soundAlerts();
  showWall();
  listen();
  walkRows();
  keepDraft();
  takeFiles();
}
