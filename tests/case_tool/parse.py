"""Reads *.case files into Case objects. The format is described in tests/cases/README.md."""
import dataclasses
import re
import shlex


class CaseError(Exception):
    """A mistake in a case file, with its place."""


@dataclasses.dataclass
class Statement:
    verb: str
    rest: str  # the line after the verb, as written
    block: list  # the "| " lines that follow
    place: str  # FILE:LINE

    def words(self):
        try:
            return shlex.split(self.rest)
        except ValueError as error:
            raise CaseError(f"{self.place}: {error}") from None

    def block_text(self):
        return "".join(line + "\n" for line in self.block)


@dataclasses.dataclass
class Case:
    name: str
    place: str
    is_fixture: bool
    statements: list


MAKING = {"file", "bytes", "rows", "png", "dicom", "npy", "safetensors", "copy", "truncate",
          "replace", "remove", "folder", "mode", "link"}
BEFORE_RUN = {"env", "stdin", "limit-file-size", "limit-memory", "timeout", "interrupt"}
AFTER_RUN = {"status", "stderr", "stdout", "exists", "absent", "only", "unchanged", "content",
             "nowhere"}
VERBS = MAKING | BEFORE_RUN | AFTER_RUN | {"requires", "use", "run"}


def parse(path, shown):
    """The cases of the file `path`, called `shown` in messages."""
    cases = []
    statement = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        place = f"{shown}:{number}"
        if line.startswith("|"):
            if statement is None:
                raise CaseError(f"{place}: a '|' line belongs under a statement such as 'file NAME'")
            if len(line) > 1 and line[1] != " ":
                raise CaseError(f"{place}: a space follows the '|'")
            statement.block.append(line[2:])
            continue
        statement = None
        if not line.strip() or line.startswith("#"):
            continue
        verb, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if verb in ("case", "fixture"):
            if not rest or (verb == "fixture" and not re.fullmatch(r"[A-Za-z_]\w*", rest)):
                raise CaseError(f"{place}: '{verb}' needs a name")
            if any(case.name == rest for case in cases):
                raise CaseError(f"{place}: a second case '{rest}'")
            cases.append(Case(rest, place, verb == "fixture", []))
            continue
        if not cases:
            raise CaseError(f"{place}: expected 'case NAME' first")
        if verb not in VERBS:
            raise CaseError(f"{place}: unknown statement '{verb}'")
        has_run = any(s.verb == "run" for s in cases[-1].statements)
        if verb in AFTER_RUN and not has_run:
            raise CaseError(f"{place}: '{verb}' judges a command; it stands after 'run'")
        statement = Statement(verb, rest, [], place)
        cases[-1].statements.append(statement)
    for case in cases:
        if not any(s.verb == "run" for s in case.statements):
            raise CaseError(f"{case.place}: case '{case.name}' runs nothing")
    return cases


def expand(text, variables, place, quote=lambda value: value):
    """Replaces $NAME and ${NAME}; $$ is one dollar."""

    def value(found):
        if found.group(0) == "$$":
            return "$"
        name = found.group(1) or found.group(2)
        if name not in variables:
            raise CaseError(f"{place}: no variable ${name}; there are "
                            + ", ".join("$" + known for known in sorted(variables)))
        return quote(str(variables[name]))

    return re.sub(r"\$\$|\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)\}", value, text)
