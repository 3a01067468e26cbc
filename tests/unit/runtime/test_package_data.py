from runtime.package_data import read_catalogue_files, read_policy_files


def test_the_catalogue_is_read_whole_and_in_order() -> None:
    files = read_catalogue_files()
    assert list(files) == sorted(files)
    assert {name.split("/")[1] for name in files if name.count("/") == 2} == {"codes", "labels", "schemas", "templates"}
    assert {"catalogue/entities.json", "catalogue/parts.json", "catalogue/schemas/MT-01.json"} <= set(files)
    assert all(name.startswith("catalogue/") and name.endswith(".json") for name in files)


def test_policies_are_read_with_their_texts() -> None:
    files = read_policy_files()
    assert "policies/texts/en.yaml" in files
    assert all(name.startswith("policies/") and name.endswith((".yaml", ".json")) for name in files)
