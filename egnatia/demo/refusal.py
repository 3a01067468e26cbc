"""A refusal in one line: the rule that stopped it, its article, and what to do."""

from egnatia.demo.client import Answer, Unexpected


def refused_by(answer: Answer) -> str:
    """Return rule, article and sentence of a refusal; ``Unexpected`` when the answer was a success."""
    problem = answer.refusal()
    if problem.get("fields"):
        first = problem["fields"][0]
        return f"{first['path']}: {first['sentence']}"
    if problem.get("findings"):
        first = problem["findings"][0]
        return f"{first['rule']} ({first['article']}): {first['sentence']}"
    return f"{problem['code']}: {problem['title']}"


def refused_for(answer: Answer, rule: str) -> str:
    """Return the rule and its article; ``Unexpected`` unless this rule is among those that refused."""
    found = {each["rule"]: each["article"] for each in answer.refusal().get("findings", ())}
    if rule not in found:
        raise Unexpected(f"{rule} did not refuse: {sorted(found) or answer.body.get('title')}")
    return f"{rule} ({found[rule]})."
