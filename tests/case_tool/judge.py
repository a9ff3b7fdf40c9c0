"""Compares what a command did with what a case expects. A judgement is '' or why it fails."""
import difflib
import re

from .dicom import IDENTIFIERS
from .parse import CaseError, expand


def diff(expected, got, name):
    lines = difflib.unified_diff(expected.splitlines(), got.splitlines(), f"expected {name}",
                                 f"{name} got", lineterm="")
    return "\n".join(lines) or f"expected {name} {expected!r}\n{name} got {got!r}"


def indent(text):
    return "".join(f"    {line}\n" for line in text.splitlines()) or "    (nothing)\n"


def judge_text(statement, form, text, got, name, variables):
    """The part after 'stderr', 'stdout' or 'content FILE'."""
    place = statement.place
    if form == "is":
        if bool(text) == bool(statement.block):
            raise CaseError(f"{place}: '{name} is' takes a text on its line or a '|' block")
        wanted = expand(text + "\n" if text else statement.block_text(), variables, place)
        return "" if got == wanted else diff(wanted, got, name)
    if form == "contains":
        wanted = [expand(line, variables, place) for line in ([text] if text else statement.block)]
        if not wanted:
            raise CaseError(f"{place}: '{name} contains' takes a text or a '|' block of lines")
        missing = [line for line in wanted if line not in got]
        if missing:
            return "".join(f"{name} does not contain: {line}\n" for line in missing) + indent(got)
        return ""
    if form == "lacks":
        wanted = expand(text, variables, place)
        if not wanted:
            raise CaseError(f"{place}: '{name} lacks' takes a text")
        return f"{name} contains: {wanted}\n" + indent(got) if wanted in got else ""
    if form == "matches":
        pattern = expand(text, variables, place, re.escape)
        try:
            found = re.search(pattern, got, re.M)
        except re.error as error:
            raise CaseError(f"{place}: {error}") from None
        return "" if found else f"{name} does not match: {pattern}\n" + indent(got)
    if form == "lines":
        count = len(got.splitlines())
        return "" if count == int(text) else f"{name} has {count} lines, not {text}\n" + indent(got)
    if form == "empty":
        return "" if got == "" else f"{name} is not empty\n" + indent(got)
    raise CaseError(f"{place}: '{name} {form}' is not one of is, contains, lacks, matches, lines, "
                    "empty")


def listing(folder):
    """Every file and folder below `folder`, by name."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def judge_only(folder, words):
    inside = folder
    if words and words[0] == "in":
        inside = folder / words[1]
        words = words[2:]
    if not inside.is_dir():
        return f"there is no folder {inside.name}"
    there = {path.name for path in inside.iterdir()}
    wanted = set(words)
    unexpected, missing = sorted(there - wanted), sorted(wanted - there)
    return "".join(f"unexpected: {name}\n" for name in unexpected) + "".join(
        f"missing: {name}\n" for name in missing)


def judge_nowhere(folder, before, outcome):
    """Looks for what identified DICOM files hold in all that a command said and in the files that it
    made, their names included."""
    texts = {"stdout": outcome.stdout, "stderr": outcome.stderr}
    for name in set(listing(folder)) - set(before):
        texts[f"the name of {name}"] = name
        if (folder / name).is_file():
            texts[name] = (folder / name).read_bytes().decode("latin-1")
    found = {name: re.search(IDENTIFIERS, text) for name, text in sorted(texts.items())}
    return "".join(f"{name} holds {match.group()}\n" for name, match in found.items() if match)


def judge(statement, folder, outcome, before, variables):
    try:
        return judge_statement(statement, folder, outcome, before, variables)
    except (IndexError, ValueError):
        raise CaseError(f"{statement.place}: '{statement.verb} {statement.rest}' is incomplete or "
                        "not a number where one belongs") from None


def judge_statement(statement, folder, outcome, before, variables):
    verb = statement.verb
    if verb in ("stderr", "stdout"):
        form, _, text = statement.rest.partition(" ")
        return judge_text(statement, form, text, getattr(outcome, verb), verb, variables)
    words = [expand(word, variables, statement.place) for word in statement.words()]
    if verb == "status":
        wanted = int(words[0])
        return "" if outcome.status == wanted else f"exit status {outcome.status}, not {wanted}"
    if verb == "exists":
        return "".join(f"{name} does not exist\n" for name in words if not (folder / name).exists())
    if verb == "absent":
        return "".join(f"{name} exists\n" for name in words if (folder / name).exists())
    if verb == "only":
        return judge_only(folder, words)
    if verb == "unchanged":
        now = listing(folder)
        return "" if now == before else diff("\n".join(before), "\n".join(now), "files")
    if verb == "nowhere":
        if words != ["identifiers"]:
            raise CaseError(f"{statement.place}: 'nowhere' is followed by 'identifiers'")
        return judge_nowhere(folder, before, outcome)
    if verb == "content":
        name, form, text = (statement.rest.split(" ", 2) + ["", ""])[:3]
        path = folder / expand(name, variables, statement.place)
        if not path.is_file():
            return f"{name} does not exist"
        return judge_text(statement, form, text, path.read_text(errors="replace"), name, variables)
    raise CaseError(f"{statement.place}: '{verb}' cannot be judged")
