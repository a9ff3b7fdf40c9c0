#!/usr/bin/env python3
"""Tests of run_cases.py, with a small made-up program in the place of puente."""
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

RUNNER = pathlib.Path(__file__).resolve().parent / "run_cases.py"

PROGRAM = r'''#!/usr/bin/env python3
import os, resource, signal, sys, time
command, *rest = sys.argv[1:]
if command == "say":
    print(" ".join(rest))
elif command == "complain":
    print("prog: " + " ".join(rest), file=sys.stderr)
    sys.exit(2)
elif command == "cat":
    sys.stdout.write(open(rest[0]).read() if rest else sys.stdin.read())
elif command == "hex":
    print(open(rest[0], "rb").read().hex())
elif command == "size":
    print(os.path.getsize(rest[0]))
elif command == "env":
    print(os.environ.get(rest[0], "unset"))
elif command == "write":
    try:
        with open(rest[0], "wb") as file:
            file.write(b"x" * int(rest[1]))
    except OSError as error:
        print(error.strerror, file=sys.stderr)
        sys.exit(2)
elif command == "wait":
    def stop(*_):
        print("stopped", file=sys.stderr, flush=True)
        os._exit(2)
    signal.signal(signal.SIGINT, stop)
    print("working", file=sys.stderr, flush=True)
    time.sleep(20)
elif command == "die":
    os.kill(os.getpid(), signal.SIGKILL)
elif command == "count":
    with open(rest[0], "a") as file:
        file.write("once\n")
elif command == "limit":
    print(resource.getrlimit(resource.RLIMIT_AS)[0])
'''


class RunCases(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.program = self.folder / "prog"
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)

    def run_text(self, text, *options):
        path = self.folder / "t.case"
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        run = subprocess.run([sys.executable, RUNNER, "--puente", self.program, path, *options],
                             capture_output=True, text=True, timeout=60)
        self.assertEqual(run.stderr, "")
        return run.returncode, run.stdout

    def passes(self, text, *options):
        status, said = self.run_text("case c\n" + textwrap.dedent(text), *options)
        self.assertEqual((status, said.splitlines()[-1]), (0, "1 passed, 0 failed, 0 skipped"), said)

    def fails(self, text, *parts):
        status, said = self.run_text("case c\n" + textwrap.dedent(text))
        self.assertEqual(status, 1, said)
        self.assertIn("0 passed, 1 failed, 0 skipped", said)
        for part in parts:
            self.assertIn(part, said)

    def refuses(self, text, part):
        status, said = self.run_text(text)
        self.assertEqual(status, 2, said)
        self.assertIn(part, said)

    def test_status(self):
        self.passes("run $PUENTE say hello\nstatus 0")
        self.passes("run $PUENTE say hello")
        self.passes("run $PUENTE complain x\nstatus 2")
        self.fails("run $PUENTE complain x", "exit status 2, not 0", "prog: x")
        self.fails("run $PUENTE complain x\nrun $PUENTE say y", "exit status 2, not 0")
        self.fails("run $PUENTE complain x\nstderr contains x", "exit status 2, not 0")
        self.fails("run $PUENTE say x\nstatus 2", "t.case:3", "exit status 0, not 2")
        self.passes("run $PUENTE die\nstatus 137")
        self.passes("run nowhere/at/all\nstatus 127")

    def test_text(self):
        self.passes("run $PUENTE say 'a  b'\nstdout is a  b\nstderr empty\nstdout lines 1")
        self.passes("run $PUENTE say 'a b'\nstdout contains b\nstdout matches ^a .$\nstdout lacks c")
        self.passes("file f\n| one\n| two\nrun $PUENTE cat f\nstdout is\n| one\n| two\n"
                    "stdout contains\n| two\n| one")
        self.fails("run $PUENTE say a\nstdout is b", "-b", "+a")
        self.fails("run $PUENTE say a\nstdout is\n| a\n| b", " a", "-b")
        self.fails("run $PUENTE say a\nstdout contains b", "stdout does not contain: b")
        self.fails("run $PUENTE say a\nstdout contains\n| a\n| b", "does not contain: b")
        self.fails("run $PUENTE say a\nstdout lacks a", "stdout contains: a")
        self.fails("run $PUENTE say a\nstdout matches ^b", "does not match")
        self.fails("run $PUENTE say a\nstdout lines 2", "stdout has 1 lines, not 2")
        self.fails("run $PUENTE say a\nstdout empty", "stdout is not empty")
        self.fails("run $PUENTE complain a\nstatus 2\nstderr empty", "stderr is not empty")

    def test_files_afterwards(self):
        self.passes("run $PUENTE write out 3\nexists out\nabsent other\nonly out\ncontent out is xxx"
                    .replace("is xxx", "contains xxx"))
        self.passes("file f\n| a\nrun $PUENTE say x\nunchanged\nonly f")
        self.passes("folder d\nrun $PUENTE write d/out 1\nonly in d out")
        self.fails("run $PUENTE write out 3\nabsent out", "out exists")
        self.fails("run $PUENTE say x\nexists out", "out does not exist")
        self.fails("run $PUENTE write out 3\nunchanged", "+out")
        self.fails("folder d\nrun $PUENTE write d/out 3\nunchanged", "+d/out")
        self.fails("run $PUENTE write out 3\nonly", "unexpected: out")
        self.fails("run $PUENTE say x\nonly out", "missing: out")
        self.fails("run $PUENTE write out 3\ncontent out contains y", "out does not contain: y")
        self.fails("run $PUENTE say x\ncontent out contains y", "out does not exist")

    def test_making_files(self):
        def hex_of(making, expected):
            self.passes(making + f"\nrun $PUENTE hex f\nstdout is {expected}")

        hex_of("file f\n| a\n|\n| b", "610a0a620a")
        hex_of("file f crlf\n| a\n| b", "610d0a620d0a")
        hex_of("file f no-newline\n| a", "61")
        hex_of("file f latin1 no-newline\n| \u00e9", "e9")
        hex_of("bytes f 00ff 10", "00ff10")
        hex_of("file f\n| n\nrows f 2\n| %d,x", "6e0a302c780a312c780a")
        hex_of("bytes f 01020304\ntruncate f 2", "0102")
        hex_of("bytes f 01020304\ntruncate f -1", "010203")
        hex_of("bytes f 01020304\ntruncate f 25%", "01")
        hex_of("bytes g 0102\ncopy g f", "0102")
        hex_of("file d/f\n| a\ncopy d e\nreplace e/f a b\ncopy e/f f", "620a")
        hex_of("safetensors f 2\n| {}", "0200000000000000" + "7b7d0000")
        hex_of("safetensors f 0 header-length 1152921504606846976", "0000000000000010")
        self.passes("file f\n| a\nremove f\nfolder d\nremove d\nrun $PUENTE say x\nonly")
        self.passes("npy f '<f4' 2x3\nrun $PUENTE size f\nstdout is 152")
        self.passes("png p%d.png 5x4 gray 3\nrun $PUENTE say x\nonly p0.png p1.png p2.png")
        self.refuses("case c\nreplace f a b\nrun $PUENTE say", "t.case:2")
        self.refuses("case c\ntruncate f 3\nrun $PUENTE say", "t.case:2")
        self.refuses("case c\npng f 3\nrun $PUENTE say", "png NAME WIDTHxHEIGHT")
        self.refuses("case c\nfile f colour\nrun $PUENTE say", "unknown option colour")

    def test_identifiers(self):
        self.passes("dicom a.dcm 4x3 2 identified\nrun $PUENTE say x\nnowhere identifiers\nonly a.dcm")
        self.fails("run $PUENTE say IDENT^IFIER 3\nnowhere identifiers", "stdout holds IDENT")
        self.fails("run $PUENTE complain 1.2.276.7654.9\nstatus 2\nnowhere identifiers", "stderr holds")
        self.fails("dicom a.dcm 4x3 identified\nrun $PUENTE write IDENT 3\nnowhere identifiers",
                   "the name of IDENT holds IDENT")
        self.refuses("case c\ndicom a.dcm 4x3 named\nrun $PUENTE say", "dicom NAME WIDTHxHEIGHT")
        self.refuses("case c\nrun $PUENTE say\nnowhere x", "'nowhere' is followed by 'identifiers'")

    def test_an_identified_dicom_is_one(self):
        sys.path.insert(0, str(RUNNER.parent))
        from case_tool.dicom import dicom_bytes
        data = dicom_bytes(4, 3, 1, True)
        self.assertEqual(data[128:132], b"DICM")
        self.assertIn(b"\x10\x00\x10\x00PN", data)  # the patient's name
        self.assertGreater(data.count(b"IDENT"), 300)
        self.assertNotIn(b"IDENT", dicom_bytes(4, 3, 1, False))

    def test_png_is_a_png(self):
        import struct
        import zlib
        sys.path.insert(0, str(RUNNER.parent))
        from case_tool.make_files import png_bytes
        for kind, row in (("rgb", 15), ("gray", 5), ("bw", 1)):
            data = png_bytes(5, 4, kind, 1)
            at, chunks = 8, {}
            while at < len(data):
                length, name = struct.unpack_from(">I4s", data, at)
                body = data[at + 8:at + 8 + length]
                self.assertEqual(struct.unpack_from(">I", data, at + 8 + length)[0],
                                 zlib.crc32(name + body))
                chunks[name] = body
                at += 12 + length
            self.assertEqual(struct.unpack_from(">II", chunks[b"IHDR"]), (5, 4))
            self.assertEqual(len(zlib.decompress(chunks[b"IDAT"])), 4 * (row + 1))
        self.assertNotEqual(png_bytes(5, 4, "rgb", 1), png_bytes(5, 4, "rgb", 2))

    def test_full_disk(self):
        self.passes("limit-file-size 10K\nrun $PUENTE write out 20000\nstatus 2\n"
                    "stderr is File too large")
        self.passes("limit-file-size 10K\nrun $PUENTE write out 10000")
        self.passes("limit-file-size 1K\nrun $PUENTE say x\nrun $PUENTE write out 20000")
        self.passes("limit-memory 3G\nrun $PUENTE limit\nstdout is 3221225472")

    def test_interrupt(self):
        self.passes("interrupt when working\nrun $PUENTE wait\nstatus 2\nstderr contains stopped")
        self.passes("interrupt after 0.7\nrun $PUENTE wait\nstatus 2\nstderr contains stopped")
        self.fails("interrupt when never\nrun $PUENTE say x", "never said 'never'")
        self.fails("interrupt after 10\nrun $PUENTE say x", "ended before 10 s")
        self.fails("timeout 0.5\nrun $PUENTE wait\nstatus 2", "did not end within 0.5 s")

    def test_environment_and_stdin(self):
        self.passes("env COLOUR=blue\nrun $PUENTE env COLOUR\nstdout is blue\n"
                    "run $PUENTE env COLOUR\nstdout is unset")
        self.passes("stdin\n| $COLOUR\nrun $PUENTE cat\nstdout is $$COLOUR")
        self.passes("run $PUENTE say $$5 ${COLOUR}\nstdout is $$5 red", "--define", "COLOUR=red")
        self.passes("run $PUENTE say $DIR\nstdout is $DIR\nstdout matches ^$DIR$")

    def test_permissions(self):
        status, said = self.run_text("""
            case c
            requires permissions
            folder d
            mode d 555
            run $PUENTE write d/out 1
            status 2
            stderr is Permission denied
            unchanged
            """)
        self.assertEqual(status, 0, said)
        self.assertIn("0 failed", said)

    def test_skipping(self):
        for needed in ("shared surely_not_there", "tool surely-not-there", "define NOWHERE"):
            status, said = self.run_text(f"case c\nrequires {needed}\nrun $PUENTE complain")
            self.assertEqual(status, 0)
            self.assertIn("skipped: t.case:1 c: ", said)
            self.assertIn("0 passed, 0 failed, 1 skipped", said)
        self.passes("requires tool sh\nrun $PUENTE say x")

    def test_fixtures_are_made_once(self):
        log = self.folder / "log"
        text = f"fixture thing\nfile f\n| a\nrun $PUENTE count {log}\nexists f\n"
        for index in range(5):
            text += f"case c{index}\nuse thing\nrun $PUENTE cat $thing/f\nstdout is a\n"
        status, said = self.run_text(text)
        self.assertEqual((status, said), (0, "5 passed, 0 failed, 0 skipped\n"))
        self.assertEqual(log.read_text(), "once\n")

    def test_fixture_that_fails(self):
        status, said = self.run_text("fixture f\nrun $PUENTE complain broken\n"
                                     "case c\nuse f\nrun $PUENTE say\ncase d\nrun $PUENTE say\n")
        self.assertEqual(status, 1)
        self.assertIn("fixture f: ", said)
        self.assertIn("1 passed, 1 failed", said)
        self.refuses("fixture f\nuse f\nrun $PUENTE say\ncase c\nuse f\nrun $PUENTE say",
                     "uses itself")
        self.refuses("case c\nuse nothing\nrun $PUENTE say", "no fixture 'nothing'")

    def test_mistakes_in_case_files(self):
        self.refuses("run $PUENTE say", "t.case:1: expected 'case NAME' first")
        self.refuses("case c\nwalk $PUENTE", "t.case:2: unknown statement 'walk'")
        self.refuses("case c\nstatus 0\nrun $PUENTE say", "t.case:2: 'status' judges a command")
        self.refuses("case c\nfile f", "case 'c' runs nothing")
        self.refuses("case c\nrun $PUENTE say\ncase c\nrun $PUENTE say", "a second case 'c'")
        self.refuses("case c\nrun $NOTHING say", "no variable $NOTHING")
        self.refuses("case c\nrun $PUENTE say 'x", "t.case:2: No closing quotation")
        self.refuses("case c\nrun $PUENTE say\nstdout like x", "'stdout like' is not one of")
        self.refuses("case c\nrun $PUENTE say\nstdout is", "takes a text")
        self.refuses("case c\nrun $PUENTE say\nstatus ok", "t.case:3: 'status ok'")
        self.refuses("case c\nrun $PUENTE say\nonly in", "t.case:3: 'only in' is incomplete")
        self.refuses("case c\nrequires luck\nrun $PUENTE say", "requires shared, tool")
        self.refuses("case c\ninterrupt soon\nrun $PUENTE say", "t.case:2: interrupt")
        self.refuses("case c\nfile f\n|a\nrun $PUENTE say", "a space follows the '|'")
        self.refuses("| a\n", "belongs under a statement")

    def test_filter(self):
        status, said = self.run_text("case one\nrun $PUENTE say\ncase two\nrun $PUENTE complain\n",
                                     "--filter", "one")
        self.assertEqual((status, said), (0, "1 passed, 0 failed, 0 skipped\n"))

    def test_nothing_is_left_behind(self):
        scratch = self.folder / "scratch"
        scratch.mkdir()
        path = self.folder / "t.case"
        path.write_text("case c\nfolder d\nmode d 500\nrun $PUENTE complain x\n")
        subprocess.run([sys.executable, RUNNER, "--puente", self.program, path],
                       env={"TMPDIR": str(scratch), "PATH": "/usr/bin:/bin"}, capture_output=True)
        self.assertEqual(list(scratch.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
