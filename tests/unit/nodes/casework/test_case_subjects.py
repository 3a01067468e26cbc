from typing import Any

import pytest

from nodes.casework.case_subjects import Subject, subject_of

NAMES = [{"family": "Ђорђевић", "given": "Ана"}]


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"subjects": {"vehicles": [{"plate": "VR 123-ŽĆ", "vin": "ZFA"}]}}, "VR 123-ŽĆ"),
        ({"subjects": {"vehicles": [{"vin": "ZFA"}]}}, "ZFA"),
        ({"subjects": {"vehicles": [{"make": "Fiat"}], "phones": [{"number": "+381641234567"}]}}, "+381641234567"),
        ({"information": {"persons": [{"names": NAMES}], "vehicles": [{"plate": "VR"}]}}, "Ђорђевић, Ана"),
        ({"subjects": {"persons": [{"names": [{"latin": "Djordjevic"}]}]}}, "Djordjevic"),
        ({"subjects": {"persons": [{"names": "?"}, 7]}, "summary": "A call."}, "A call."),
        ({"relevance": "x" * 90}, "x" * 60),
        ({"subjects": []}, ""),
    ],
)
def test_a_case_is_told_by_the_first_thing_that_tells_it_from_others(document: dict[str, Any], text: str) -> None:
    assert subject_of(document).text == text


def test_the_query_and_the_number_of_the_sender_stand_beside_it() -> None:
    assert subject_of({"query": "vehicle", "case_number": "MK-1"}) == Subject("vehicle", "", "MK-1")
    assert subject_of({"action": "erase", "case_number": 7}) == Subject("erase", "", "")
