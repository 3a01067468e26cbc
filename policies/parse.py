"""Policy files to policies. A rule is an id, a predicate, its parameters, an article and a text id; there is no more.

A file is read to its end, so that one run names every rule that is wrong. Refused besides what the tree refuses:
unknown keys, predicates and types, an inner predicate in an outer list, an empty parameter, a type that no rule names.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from policies.errors import PolicyError, Problem
from policies.model import ChannelPolicy, InnerRule, Obligation, OuterRule, PolicySet, Rule, RuleSet
from policies.obligations import read_obligations
from policies.registry import InnerCheck, InnerPredicate, OuterPredicate
from policies.rules import Place, read_disclosure, read_inner, read_outer, read_uses, repeated
from policies.tree import Items, Node, Scalar, Table, parse_tree
from policies.typed import items, nearest, refuse, scalar
from protocol.decision import Verdict
from protocol.errors import Malformed
from protocol.ids import CHANNELS, Channel, PolicyDigest, TypeId, parse_type_id

SUFFIX: Final = ".yaml"
_POLICY_KEYS: Final = ("channel", "types", "awaiting", "outer", "inner", "disclosure", "uses", "obligations")
_OVERLAY_KEYS: Final = ("overlay", "outer", "inner")
_POLICY_VERDICTS: Final = (Verdict.DENY, Verdict.APPROVE, Verdict.HOLD)
_OVERLAY_VERDICTS: Final = (Verdict.DENY, Verdict.HOLD)


def load_policies(files: Mapping[str, bytes], digest: PolicyDigest) -> PolicySet:
    """Return the policies among ``files`` (in any folder, called ``<channel>.yaml``) under the bundle's digest.

    Raises ``PolicyError`` with every problem of every file. Other files are not looked at; ``lint`` names strangers.
    """
    channels: dict[Channel, ChannelPolicy] = {}
    problems: list[Problem] = []
    for name in sorted(each for each in files if named_channel(each) is not None):
        try:
            policy = parse_policy(name, files[name])
        except PolicyError as error:
            problems += error.problems
            continue
        if policy.channel != named_channel(name) or policy.channel in channels:
            what = f"The file states the rules of `{policy.channel}`."
            problems.append(Problem(name, 1, what, "Keep one file for each channel and name it after the channel."))
        channels[policy.channel] = policy
    if problems:
        raise PolicyError(*sorted(problems))
    return PolicySet(digest, channels)


def named_channel(file: str) -> Channel | None:
    """Return the channel that a file's name says it is for, or None when it names none."""
    base = file.rsplit("/", 1)[-1]
    return next((each for each in CHANNELS if base == each + SUFFIX), None)


def parse_policy(file: str, raw: bytes) -> ChannelPolicy:
    """Return the policy of one channel. Raises ``PolicyError`` with every problem of the file."""
    tree = parse_tree(file, raw)
    _check_keys(tree, file, _POLICY_KEYS)
    channel = _channel(tree, "channel", file)
    awaiting = _types(tree, "awaiting", file) if "awaiting" in tree.entries else ()
    carried = dict.fromkeys((*_types(tree, "types", file), *_admitted(tree, file), *awaiting))
    place = Place(file, tuple(carried), _POLICY_VERDICTS)
    problems: list[Problem] = []
    outer, inner = _rules(tree, place, problems)
    disclosure = _bound(read_disclosure(_list(tree, "disclosure", file), place, problems))
    uses = _bound(read_uses(_list(tree, "uses", file), place, problems))
    problems += repeated([(each.id, each.line) for each in _all(outer, inner, (*disclosure, *uses))], file)
    obligations = read_obligations(_list(tree, "obligations", file), place, problems)
    problems += repeated([(each.id, each.line) for each in obligations], file)
    problems += _uncarried(tree, place, outer)
    if problems:
        raise PolicyError(*sorted(problems))
    sets = {each: rule_set(each, (outer, inner), obligations) for each in place.types}
    return ChannelPolicy(channel, file, outer, inner, obligations, sets, awaiting, disclosure, uses)


def overlay_channel(file: str, raw: bytes) -> Channel:
    """Return the channel that an overlay lies over. Raises ``PolicyError``. NOT here: its rules (``parse_overlay``)."""
    tree = parse_tree(file, raw)
    _check_keys(tree, file, _OVERLAY_KEYS)
    return _channel(tree, "overlay", file)


def parse_overlay(file: str, raw: bytes, under: PolicySet) -> PolicySet:
    """Return ``under`` with the rules of one node's own overlay, which may only deny or hold, added to one channel.

    Raises ``PolicyError``, also when the channel has no policy or a rule takes an id that the network's policy uses.
    """
    tree = parse_tree(file, raw)
    _check_keys(tree, file, _OVERLAY_KEYS)
    channel = _channel(tree, "overlay", file)
    policy = under.channels.get(channel)
    if policy is None:
        raise refuse(file, tree, f"`{channel}` has no policy to lie over.", "Name a channel that has one.")
    problems: list[Problem] = []
    outer, inner = _rules(tree, Place(file, tuple(policy.sets), _OVERLAY_VERDICTS), problems)
    taken = {each.id for each in policy.rules()}
    added = _all(outer, inner)
    problems += repeated([(each.id, each.line) for each in added], file)
    problems += [
        Problem(file, each.line, f"The id `{each.id}` is taken.", "Choose another id.")
        for each in added
        if each.id in taken
    ]
    if problems:
        raise PolicyError(*sorted(problems))
    return PolicySet(under.digest, {**under.channels, channel: _laid_over(policy, outer, inner)})


def _laid_over(policy: ChannelPolicy, outer: tuple[OuterRule, ...], inner: tuple[InnerRule, ...]) -> ChannelPolicy:
    rules = ((*policy.outer, *outer), (*policy.inner, *inner))
    sets = {each: rule_set(each, rules, policy.obligations) for each in policy.sets}
    return replace(policy, outer=rules[0], inner=rules[1], sets=sets)


def rule_set(
    type_id: TypeId,
    rules: tuple[tuple[OuterRule, ...], tuple[InnerRule, ...]],
    obligations: Sequence[Obligation],
) -> RuleSet:
    """Return what applies to one message type, in file order."""
    outer, inner = rules
    return RuleSet(
        tuple(each for each in outer if not each.rule.types or type_id in each.rule.types),
        tuple(each for each in inner if not each.rule.types or type_id in each.rule.types),
        tuple(each for each in obligations if not each.types or type_id in each.types),
    )


def _rules(tree: Table, place: Place, problems: list[Problem]) -> tuple[tuple[OuterRule, ...], tuple[InnerRule, ...]]:
    outer = read_outer(_list(tree, "outer", place.file), place, problems)
    inner = read_inner(_list(tree, "inner", place.file), place, problems)
    return (
        tuple(OuterRule(rule, predicate.bind(rule.parameters)) for rule, predicate in outer),
        tuple(InnerRule(rule, predicate.bind(rule.parameters)) for rule, predicate in inner),
    )


def _bound(found: Iterable[tuple[Rule, OuterPredicate | InnerPredicate]]) -> tuple[InnerRule, ...]:
    return tuple(InnerRule(rule, _over_content(predicate, rule.parameters)) for rule, predicate in found)


def _over_content(predicate: OuterPredicate | InnerPredicate, parameters: object) -> InnerCheck:
    if isinstance(predicate, InnerPredicate):
        return predicate.bind(parameters)
    check = predicate.bind(parameters)
    return lambda facts: check(facts.outer)


def _all(outer: Sequence[OuterRule], inner: Sequence[InnerRule], more: Sequence[InnerRule] = ()) -> tuple[Rule, ...]:
    return (*(each.rule for each in outer), *(each.rule for each in (*inner, *more)))


def _uncarried(tree: Table, place: Place, outer: Sequence[OuterRule]) -> list[Problem]:
    named = {each for rule in outer for each in rule.rule.types}
    return [
        Problem(
            place.file,
            tree.line,
            f"No outer rule names the type `{each}`.",
            "Say at least who may send it (predicate sender-kind).",
        )
        for each in place.types
        if each not in named
    ]


def _check_keys(tree: Table, file: str, known: Sequence[str]) -> None:
    for key, value in tree.entries.items():
        if key not in known:
            raise refuse(file, value, f"`{key}` is not a key here.", nearest(key, known))


def _channel(tree: Table, key: str, file: str) -> Channel:
    word = scalar(_needed(tree, key, file), file)
    known = {str(each): each for each in CHANNELS}
    if word.text not in known:
        raise refuse(file, word, f"`{word.text}` is not a channel.", nearest(word.text, known))
    return known[word.text]


def _types(tree: Table, key: str, file: str) -> tuple[TypeId, ...]:
    out: list[TypeId] = []
    for each in items(_needed(tree, key, file), file).items:
        word = scalar(each, file)
        try:
            out.append(parse_type_id(word.text))
        except Malformed:
            raise refuse(file, word, f"`{word.text}` is not a message type.", "Write it like `MT-01/1`.") from None
    return tuple(dict.fromkeys(out))


def _admitted(tree: Table, file: str) -> Iterator[TypeId]:
    """Yield the types of outer rules that bring them onto the channel by themselves (``admits: true``).

    So a new type is one line: the rule that says who may send it. What else is wrong with a rule is told later.
    """
    outer = tree.entries.get("outer")
    for rule in outer.items if isinstance(outer, Items) else ():
        admits = rule.entries.get("admits") if isinstance(rule, Table) else None
        if isinstance(rule, Table) and isinstance(admits, Scalar) and admits.text == "true":
            yield from _types(rule, "types", file)


def _list(tree: Table, key: str, file: str) -> Node:
    return items(tree.entries.get(key, Items((), tree.line)), file)


def _needed(tree: Table, key: str, file: str) -> Node:
    if key not in tree.entries:
        raise refuse(file, tree, f"The key `{key}` is missing.", f"Add `{key}: ...`.")
    return tree.entries[key]
