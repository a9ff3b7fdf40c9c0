#!/usr/bin/env python3
"""Runs the command line cases of tests/cases (see README.md there) against the program.

    run_cases.py --puente build/dev/puente [FILE.case ...] [--filter REGEX] [--keep] [-j N]
                 [--define NAME=VALUE ...]

Prints what failed and one summary line. Exit status: 0 all passed or skipped, 1 some failed, 2 a
mistake in a case file. Needs only Python's standard library.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
from case_tool import execute, judge, make_files, parse  # noqa: E402
from case_tool.parse import CaseError, expand  # noqa: E402

TESTS = pathlib.Path(__file__).resolve().parent


class Skip(Exception):
    """The case needs something that is not here."""


class Failure(Exception):
    pass


class Runner:
    def __init__(self, scratch, variables, fixtures):
        self.scratch = scratch
        self.variables = variables
        self.fixtures = fixtures  # name -> Case
        self.made = {}  # fixture name -> folder, or the exception of its making
        self.being_made = []
        self.lock = threading.RLock()  # one for all: fixtures that use each other cannot deadlock
        self.obeys_permissions = execute.permissions_are_obeyed()

    def new_folder(self, case):
        name = re.sub(r"\W+", "_", f"{pathlib.Path(case.place).stem}_{case.name}")
        return pathlib.Path(tempfile.mkdtemp(prefix=name[:60] + "_", dir=self.scratch))

    def fixture(self, name, place):
        if name not in self.fixtures:
            raise CaseError(f"{place}: no fixture '{name}'")
        if name not in self.made:
            with self.lock:
                if name not in self.made:
                    self.make_fixture(name, place)
        made = self.made[name]
        if isinstance(made, Failure):
            raise Failure(f"fixture {name}: {made}")
        if isinstance(made, Exception):
            raise made
        return made

    def make_fixture(self, name, place):
        if name in self.being_made:
            raise CaseError(f"{place}: fixture '{name}' uses itself")
        self.being_made.append(name)
        case = self.fixtures[name]
        folder = self.new_folder(case)
        try:
            self.run_statements(case, folder)
            self.made[name] = folder
        except (Skip, Failure, CaseError) as error:  # told to every case that uses it
            self.made[name] = error
        finally:
            self.being_made.pop()

    def require(self, words, place):
        kind, *names = words
        if kind == "shared":
            shared = self.variables.get("SHARED")
            for name in names:
                if not shared or not (pathlib.Path(shared) / name).exists():
                    raise Skip(f"no shared data here: {name}")
        elif kind == "tool":
            for name in names:
                if not shutil.which(name):
                    raise Skip(f"{name} is not installed")
        elif kind == "permissions":
            if not self.obeys_permissions:
                raise Skip("root may write everywhere here")
        elif kind == "define":
            for name in names:
                if name not in self.variables:
                    raise Skip(f"${name} is not given")
        else:
            raise CaseError(f"{place}: requires shared, tool, permissions or define")

    def run_statements(self, case, folder):
        variables = dict(self.variables, DIR=folder)
        request = None
        pending = {}  # what 'env', 'stdin' and the like say about the next run
        outcome = before = shown = None
        judged_status = True

        def check_status():
            if outcome is not None and not judged_status and outcome.status != 0:
                raise Failure(f"{shown}\nexit status {outcome.status}, not 0\n"
                              + judge.indent(outcome.stderr))

        for statement in case.statements:
            verb = statement.verb
            if verb in parse.AFTER_RUN:
                problem = judge.judge(statement, folder, outcome, before, variables)
                judged_status = judged_status or verb == "status"
                if problem:
                    said = "" if verb in ("stderr", "stdout") else \
                        "stderr was\n" + judge.indent(outcome.stderr)
                    raise Failure(f"{statement.place}: {shown}\n{problem.rstrip()}\n{said}".rstrip())
                continue
            check_status()
            outcome = None
            words = [expand(word, variables, statement.place) for word in statement.words()] \
                if verb != "stdin" else []
            if verb == "requires":
                self.require(words, statement.place)
            elif verb == "use":
                for name in words:
                    variables[name] = self.fixture(name, statement.place)
            elif verb in parse.MAKING:
                make_files.make(folder, statement, words)
            elif verb == "run":
                request = execute.Request(words, folder, **pending)
                pending = {}
                before = judge.listing(folder)
                shown = shlex.join(words)
                outcome = execute.run(request)
                judged_status = False
                if outcome.trouble:
                    raise Failure(f"{statement.place}: {shown}\n{outcome.trouble}\nstderr was\n"
                                  + judge.indent(outcome.stderr))
            else:
                self.prepare(statement, words, pending)
        check_status()

    def prepare(self, statement, words, pending):
        verb = statement.verb
        try:
            if verb == "env":
                pending.setdefault("environment", {}).update(w.split("=", 1) for w in words)
            elif verb == "stdin":
                pending["stdin"] = statement.block_text().encode()
            elif verb == "limit-file-size":
                pending["file_size"] = make_files.number(words[0])
            elif verb == "limit-memory":
                pending["memory"] = make_files.number(words[0])
            elif verb == "timeout":
                pending["timeout"] = float(words[0])
            elif verb == "interrupt" and words[0] == "after":
                pending["interrupt_after"] = float(words[1])
            elif verb == "interrupt" and words[0] == "when":
                pending["interrupt_when"] = " ".join(words[1:])
            else:
                raise ValueError("unknown form")
        except (ValueError, IndexError) as error:
            raise CaseError(f"{statement.place}: {verb}: {error}") from None

    def run_case(self, case, keep):
        """('passed' | 'failed' | 'skipped' | 'mistake', message)"""
        folder = self.new_folder(case)
        try:
            self.run_statements(case, folder)
            return "passed", ""
        except Skip as skip:
            return "skipped", str(skip)
        except Failure as failure:
            return "failed", f"{failure}" + (f"\nkept in {folder}" if keep else "")
        except CaseError as error:
            return "mistake", str(error)
        finally:
            if not keep:
                remove(folder)


def remove(folder):
    """Also what a case has made read-only."""
    for parent, _, _ in os.walk(folder):
        os.chmod(parent, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--puente", required=True, type=pathlib.Path)
    parser.add_argument("--define", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--filter", default="", metavar="REGEX")
    parser.add_argument("--keep", action="store_true", help="leave the folders for looking at")
    parser.add_argument("-j", type=int, default=len(os.sched_getaffinity(0)))
    return parser.parse_args()


def main():
    options = read_options()
    if not options.puente.is_file():
        print(f"{options.puente}: no such program; build it first")
        return 2
    variables = {"PUENTE": options.puente.resolve(), "DATA": TESTS / "golden"}
    shared = TESTS.parent.parent / "shared" / "data"
    if shared.is_dir():
        variables["SHARED"] = shared
    variables.update(definition.split("=", 1) for definition in options.define)
    cases, fixtures = [], {}
    try:
        for path in options.files or sorted((TESTS / "cases").glob("*.case")):
            for case in parse.parse(path, path.name):
                if not case.is_fixture:
                    cases.append(case)
                elif case.name in fixtures:
                    raise CaseError(f"{case.place}: a second fixture '{case.name}'")
                else:
                    fixtures[case.name] = case
    except (CaseError, OSError, UnicodeDecodeError) as error:
        print(error)
        return 2
    cases = [case for case in cases if re.search(options.filter, f"{case.place} {case.name}")]
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="puente_cases_"))
    counts = dict.fromkeys(["passed", "failed", "skipped", "mistake"], 0)
    try:
        runner = Runner(scratch, variables, fixtures)
        with concurrent.futures.ThreadPoolExecutor(max(1, options.j)) as pool:
            results = pool.map(lambda case: runner.run_case(case, options.keep), cases)
            for case, (result, message) in zip(cases, results):
                counts[result] += 1
                if result == "skipped":
                    print(f"skipped: {case.place} {case.name}: {message}")
                elif result != "passed":
                    print(f"\n{result.upper()}: {case.place} {case.name}\n{message}\n", flush=True)
    finally:
        if not options.keep:
            remove(scratch)
    failed = counts["failed"] + counts["mistake"]
    print(f"{counts['passed']} passed, {failed} failed, {counts['skipped']} skipped")
    return 2 if counts["mistake"] else 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
