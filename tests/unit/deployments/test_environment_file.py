"""Reading an environment: every kind of bad input has its line, and nothing else is touched."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from deployments import wording
from deployments.__main__ import main
from deployments.app_yaml import read_described
from deployments.load import check_files, load_environment
from errors import WrongInput

HERE = Path(__file__).parent
BASE = (HERE / "base.yaml").read_text()
CASES = sorted((HERE / "cases").glob("*.yaml"))


def written(case: Path) -> tuple[str, list[str]]:
    """The file of a case, and the parts its message must have."""
    told = yaml.safe_load(case.read_text())
    if "file" in told:
        return told["file"], told["message"]
    assert told["instead_of"] in BASE, "the case no longer fits base.yaml"
    return BASE.replace(told["instead_of"], told["write"], 1), told["message"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "environment.yaml"


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_bad_input_is_refused_with_its_line(
    case: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, parts = written(case)
    file.write_text(text)

    status = main(["check", str(file)])

    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith(f"{file}:")
    assert "  next: " in err
    assert "canary" not in err
    assert "Value error" not in err
    for part in parts:
        assert part in err


def test_one_error_has_the_projects_form(file: Path) -> None:
    file.write_text(BASE.replace("  bridge: xenbr0", "  brige: xenbr0"))
    with pytest.raises(WrongInput) as error:
        load_environment(file)
    assert str(error.value).splitlines() == [
        f"{file}:16: network.brige: unknown key",
        "  seen: brige: xenbr0",
        "  next: write `bridge` (the nearest known key); "
        "known here: bridge, interface, address, gateway, dns, filter",
    ]
    assert error.value.exit_status == 2


def test_errors_are_listed_in_the_order_of_lines_up_to_twenty(file: Path) -> None:
    unknown = "".join(f"x{number}: 1\n" for number in range(30))
    file.write_text(BASE + unknown)
    with pytest.raises(WrongInput) as error:
        load_environment(file)
    *lines, more = error.value.what.splitlines()
    numbers = [int(line.removeprefix(f"{file}:").split(":")[0]) for line in lines]
    assert numbers == sorted(numbers)
    assert len(numbers) == 20
    assert more == f"{file}: and 10 more"


def refusal(path: Path) -> str:
    """What is said of a file that is refused."""
    with pytest.raises(WrongInput) as error:
        load_environment(path)
    return str(error.value)


def test_01_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text(BASE)
    said = refusal(tmp_path / "lap.yaml")
    assert said.startswith(f"{tmp_path}/lap.yaml: no such file")
    assert f"did you mean {tmp_path}/lab.yaml" in said


def test_01_a_missing_folder(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "nowhere" / "lab.yaml")


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "", "\ud800"])
def test_01_a_name_no_file_can_have(name: str, tmp_path: Path) -> None:
    assert "next: " in refusal(tmp_path / name)


def test_03_a_directory(tmp_path: Path) -> None:
    assert "not a file" in refusal(tmp_path)


def test_03_a_named_pipe_does_not_hang(file: Path) -> None:
    os.mkfifo(file)
    assert "not a file" in refusal(file)


@contextmanager
def nobody(*folders: Path) -> Iterator[None]:
    """Be an ordinary user for a while: root may read everything."""
    if os.geteuid() != 0:
        yield
        return
    for folder in folders:
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_04_an_unreadable_file(file: Path) -> None:
    file.write_text(BASE)
    file.chmod(0o000)
    with nobody(file.parent):
        said = refusal(file)
    assert "cannot be read: Permission denied" in said
    assert "check the path and its permissions" in said


@pytest.mark.parametrize(
    ("content", "part"),
    [
        pytest.param(BASE.encode() + b"\xff\xfe", ":72: not UTF-8 text: byte 0xff", id="binary"),
        pytest.param(b"\x7fELF\x02\x01\x01\x00", ":1: unprintable character U+007F", id="program"),
        pytest.param(b"schema: 1\nname: a\0b", ":2: unprintable character U+0000", id="NUL"),
        pytest.param(bytes(range(32, 256)), ":1: not UTF-8 text: byte 0x80", id="all"),
    ],
)
def test_05_binary(content: bytes, part: str, file: Path) -> None:
    file.write_bytes(content)
    assert part in refusal(file)


@pytest.mark.parametrize(
    ("encoding", "part"),
    [
        ("utf-16", ":1: UTF-16 text"),
        ("utf-16-le", ":1: unprintable character U+0000"),
        ("utf-8-sig", ":1: begins with a byte order mark"),
    ],
)
def test_06_other_encodings(encoding: str, part: str, file: Path) -> None:
    file.write_bytes(BASE.encode(encoding))
    assert part in refusal(file)


def test_12_an_alias_bomb_is_not_expanded(file: Path) -> None:
    layers = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12)]
    file.write_text("\n".join(["l0: &l0 [lol]", *layers]))
    assert ":2: l1[0]: an alias" in refusal(file)


def test_14_ten_megabytes(file: Path) -> None:
    file.write_text("# filler\n" * 1_200_000)
    assert "larger than 1 MiB" in refusal(file)


@pytest.mark.parametrize(
    "text",
    ["[" * 1000 + "]" * 1000, "{a: " * 1000 + "}" * 1000, "- " * 1000, "[" * 500_000],
    ids=["flow", "mappings", "blocks", "never_closed"],
)
def test_14_a_thousand_levels(text: str, file: Path) -> None:
    file.write_text(f"schema: 1\nname:\n  {text}\n")
    assert ":3: nested too deeply" in refusal(file)


def test_14_more_values_than_any_environment_has(file: Path) -> None:
    file.write_text(BASE + "x:\n" + "- 1\n" * 100_000)
    assert ": more than 30000 values" in refusal(file)


def test_14_only_the_first_of_many_mistakes_are_looked_up(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = []

    def nearest(word: str, known: object) -> None:
        looked_up.append(word)

    monkeypatch.setattr(wording, "nearest", nearest)
    file.write_text(BASE + "".join(f"key{number}: 1\n" for number in range(20_000)))
    assert ": and 19980 more" in refusal(file)
    assert len(looked_up) <= 2 * wording.MOST_WORDED


def test_15_a_symbolic_link_to_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(BASE)
    folder = tmp_path / "deployments"
    folder.mkdir()
    link = folder / "lab.yaml"
    link.symlink_to(tmp_path / "secret.yaml")
    assert "a symbolic link to outside its folder" in refusal(link)


def test_15_a_symbolic_link_to_itself(file: Path) -> None:
    file.symlink_to(file)
    assert "next: " in refusal(file)


def test_a_symbolic_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text(BASE)
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    assert load_environment(tmp_path / "link.yaml").name == "base"


def test_20_words_of_yaml_1_1_stay_text(file: Path) -> None:
    file.write_text(BASE.replace("name: base", "name: no").replace("name: server", "name: on"))
    environment = load_environment(file)
    assert (environment.name, environment.server.name) == ("no", "on")


def test_22_a_version_as_name_keeps_its_last_zero(file: Path) -> None:
    file.write_text(BASE.replace("name: base", "name: 1.10"))
    assert load_environment(file).name == "1.10"


def test_34_upper_case_is_kept(file: Path) -> None:
    file.write_text(BASE.replace("name: indexer", "name: indexGD"))
    assert load_environment(file).application("indexGD").name == "indexGD"


def test_52_a_name_server_of_a_cloud_is_one(file: Path) -> None:
    file.write_text(BASE.replace("dns: [8.8.8.8]\nstorage", "dns: [169.254.169.254]\nstorage"))
    assert str(load_environment(file).network.dns[0]) == "169.254.169.254"


def test_58_a_source_without_app_yaml(file: Path) -> None:
    file.write_text(BASE)
    environment = load_environment(file)
    with pytest.raises(WrongInput) as error:
        check_files(environment)
    said = str(error.value)
    assert ":50: applications[0].source: there is no file" in said
    assert f"{file.parent}/apps/database/app.yaml" in said
    assert ":47: domus[1].root.tarball: there is no file" in said


def test_58_a_source_that_may_not_be_read(whole: Path) -> None:
    environment = load_environment(whole)
    (whole.parent / "apps").chmod(0o000)
    with nobody(whole.parent), pytest.raises(WrongInput) as error:
        check_files(environment)
    (whole.parent / "apps").chmod(0o755)
    [first, *_] = error.value.what.splitlines()  # its line is in a file that may not be read
    assert "applications[0].source: " in first
    assert "/apps/database/app.yaml cannot be read: Permission denied" in first


def test_58_files_of_an_environment_made_in_python(file: Path) -> None:
    file.write_text(BASE)
    environment = load_environment(file)
    file.unlink()
    with pytest.raises(WrongInput, match=r"applications\[0\].source: there is no file"):
        check_files(environment)


def test_59_an_archive_that_is_no_folder(whole: Path) -> None:
    (whole.parent / "rinex").write_text("")
    with pytest.raises(WrongInput) as error:
        check_files(load_environment(whole))
    assert ":71: archive.folder: " in str(error.value)
    assert "/rinex is no folder" in str(error.value)


VOLUMES = {  # of BASE's applications, as their app.yaml mounts them
    "database": "volumes: {data: /data}\n",
    "portal": "",
    "indexer": "volumes: {archive: /archive}\n",
}


def describe(file: Path, name: str, says: str = "") -> None:
    """Write the app.yaml of one of BASE's applications, and the script it names."""
    folder = file.parent / "apps" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.py").touch()
    text = f"name: {name}\nruntime: python\nentry: main.py\nport: 80\n{says}"
    (folder / "app.yaml").write_text(text)


@pytest.fixture
def whole(file: Path) -> Path:
    """An environment with all files that it names."""
    file.write_text(BASE)
    for name in ("database", "portal", "indexer"):
        describe(file, name, VOLUMES[name])
    (file.parent / "centos7.tar").touch()
    return file


def test_checking_says_ok_once_the_files_are_there(
    whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(whole)]) == 0
    said = "ok: base on server: 3 volumes, 2 domUs, 2 containers, 1 unikernel\n"
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("says", "refused"),
    [
        ("runtme: python\n", ":5: runtme: unknown key, seen `runtme: python`"),
        ("uses: [databse]\n", "uses databse, which is no application here"),
        ("a: &a [x]\nb: [*a, *a]\n", "apps/indexer/app.yaml:6: b[0]: an alias (*)"),
        ("a: " + "[" * 1500 + "]" * 1500 + "\n", "apps/indexer/app.yaml:5: nested too deeply"),
        ("name: other\n", "app.yaml:5: name: the key is there twice, first in line 1"),
        ("x: " + "x" * 2**20 + "\n", "app.yaml cannot be read, seen `larger than 1 MiB`"),
        ("uses: [indexer]\n", ":5: uses[0]: it uses itself"),
        ("uses: [portal, portal]\n", ":5: uses[1]: portal is there twice"),
        ("requirements: ''\n", ":5: requirements: empty"),
        ("files: ['']\n", ":5: files[0]: empty"),
        (f"files: [{'x' * 5000}]\n", ":5: files[0]: too long for a path: a name of 5000 bytes"),
        ('summary: "a\\0b\\x1b[31mred"\n', ":5: summary: unprintable character U+0000"),
        ('options: ["a\\0b"]\n', ":5: options[0]: unprintable character U+0000"),
        ('answer: {contains: "a\\0b"}\n', ":5: answer.contains: unprintable character U+0000"),
        ('environment: {X: "a\\x7f"}\n', ":5: environment.X: unprintable character U+007F"),
        ("volumes: {d: {path: /d, read_only: 'yes'}}\n", "d.read_only: expected true or false"),
        ("volumes: {d: {path: /d, read_only: 0}}\n", "d.read_only: expected true or false"),
        ("memory: 1 MiB\n", ":5: memory: 1 MiB is too little"),
        ("requirements: none.txt\n", "/none.txt, which app.yaml names"),
        ("requirements: /etc/passwd\n", ":5: requirements: leads out of the application's folder"),
        ("requirements: ../../x.txt\n", "requirements: leads out of the application's folder"),
        ("files: ['../../**']\n", ":5: files[0]: leads out of the application's folder"),
        ("files: [/etc/*]\n", ":5: files[0]: leads out of the application's folder"),
        ("secrets: [../../id]\n", ":5: secrets[0]: not a usable name"),
        ("secrets: [$(id)]\n", ":5: secrets[0]: not a usable name"),
        ("writable: [tmp]\n", ":5: writable[0]: not an absolute path"),
        ("writable: [/]\n", ":5: writable[0]: not an absolute path"),
        ("writable: ['/a:exec,b']\n", ":5: writable[0]: not an absolute path"),
        ("modules: ['os; import x']\n", ":5: modules[0]: not the name of a module"),
        ('answer: {path: "/a\\r\\nX: y"}\n', "answer.path: not the path of a request"),
        ("answer: {path: 'http://elsewhere/'}\n", "answer.path: not the path of a request"),
        ("environment: {URL: 'http://a:canary@b/'}\n", "a password does not belong in this file"),
        ("environment: {AS_PW: canary}\n", "a secret does not belong in this file"),
        ("volumes: {../x: /a}\n", "not a usable name"),
        ("volumes: {archive: /a/../../etc}\n", "volumes.archive.path: not an absolute path"),
        ("volumes: {archve: /rinex}\n", "volumes.archive: its app.yaml has no such volume"),
        (
            "volumes: {archive: /rinex, more: /more}\n",
            "volumes: says nothing of `more`, which its app.yaml mounts",
        ),
    ],
)
def test_what_an_application_says_of_itself_is_checked_too(
    whole: Path, says: str, refused: str
) -> None:
    describe(whole, "indexer", says)
    with pytest.raises(WrongInput) as error:
        check_files(load_environment(whole))
    assert refused in str(error.value)
    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    ("says", "what", "seen", "remedy"),
    [
        (
            "# a comment\nruntme: python\n",
            ":6: runtme: unknown key",
            "runtme: python",
            "write `runtime` (the nearest known key); known here: name, summary, runtime, ",
        ),
        (
            "answer:\n  path: /\n  contain: x\n",
            ":7: answer.contain: unknown key",
            "contain: x",
            "write `contains` (the nearest known key); known here: path, query, ",
        ),
        (
            "volumes:\n  data: {path: /data, readonly: true}\n",
            ":6: volumes.data.readonly: unknown key",
            "data: {path: /data, readonly: true}",
            "write `read_only` (the nearest known key); known here: path, read_only",
        ),
        (
            "\nprotocol: htp\n",
            ":6: protocol: not one of the choices",
            "protocol: htp",
            "write `http` (the nearest)",
        ),
        (
            "secrets: token\n",
            ":5: secrets: expected a list, found text",
            "secrets: ***",
            "write `[one, two]`",
        ),
        (
            "volumes: /data\n",
            ":5: volumes: expected keys and values, found text",
            "volumes: /data",
            "write keys and values: Name of a volume to where it goes.",
        ),
    ],
)
def test_what_is_wrong_in_an_app_yaml_has_its_line(
    file: Path, says: str, what: str, seen: str, remedy: str
) -> None:
    describe(file, "indexer", says)
    folder = file.parent / "apps" / "indexer"
    with pytest.raises(WrongInput) as error:
        read_described(folder)
    assert error.value.what == f"{folder}/app.yaml{what}"
    assert error.value.seen == seen
    assert error.value.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", ":1: the file is empty"),
        (b"- name\n", ":1: expected keys and values, found a list"),
        (b"name: a\nsummary: \xff\n", ":2: not UTF-8 text: byte 0xff"),
    ],
)
def test_an_app_yaml_that_is_something_else(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "app.yaml").write_bytes(content)
    with pytest.raises(WrongInput) as error:
        read_described(tmp_path)
    assert error.value.what == f"{tmp_path}/app.yaml{what}"
    assert error.value.remedy


def test_a_folder_whose_name_is_too_long_has_no_app_yaml() -> None:
    with pytest.raises(WrongInput, match="File name too long"):
        read_described(Path("x" * 5000))


def test_each_thing_that_is_wrong_in_an_app_yaml_is_named(whole: Path) -> None:
    describe(whole, "indexer", "runtme: python\nmemory: much\n")
    with pytest.raises(WrongInput) as error:
        check_files(load_environment(whole))
    first, second = error.value.what.splitlines()
    source = "environment.yaml:63: applications[2].source: "
    assert source in first and "app.yaml:5: runtme: unknown key, seen `runtme: python`" in first
    assert source in second and "app.yaml:6: memory: expected a size" in second


@pytest.mark.parametrize("port", ["0", "65536", "'80'", "true", "8_0", "0x50", "80.0", "", "[80]"])
def test_45_a_port_of_an_application_that_is_none(whole: Path, port: str) -> None:
    described = whole.parent / "apps" / "indexer" / "app.yaml"
    described.write_text(described.read_text().replace("port: 80", f"port: {port}"))
    with pytest.raises(WrongInput) as error:
        check_files(load_environment(whole))
    assert "app.yaml:4: port: " in str(error.value)


@pytest.mark.parametrize("entry", ["../main.py", "/etc/main.py", "a/../../main.pl", "~/main.py"])
def test_59_an_entry_that_leads_out_of_its_folder(whole: Path, entry: str) -> None:
    described = whole.parent / "apps" / "indexer" / "app.yaml"
    described.write_text(described.read_text().replace("main.py", entry))
    with pytest.raises(WrongInput) as error:
        check_files(load_environment(whole))
    assert "app.yaml:3: entry: leads out of the application's folder" in str(error.value)


@pytest.mark.parametrize(
    ("runtime", "entry", "said"),
    [
        ("python", "''", "app.yaml:3: entry: empty"),
        ("python", "../..", "app.yaml:3: entry: leads out of the application's folder"),
        ("python", '"a\\0"', "app.yaml:3: entry: unprintable character U+0000"),
        ("image", "/web.tar", "app.yaml:3: entry: leads out of the application's folder"),
        ("java", "''", "app.yaml:3: entry: not the name of a Java class"),
        ("java", "../Main", "app.yaml:3: entry: not the name of a Java class"),
        ("binary", "none", "apps/indexer/none, which app.yaml names"),
        ("image", "none.tar", "there is no image "),
        ("python", ".", "apps/indexer, which app.yaml names"),
    ],
)
def test_58_an_entry_that_starts_nothing(whole: Path, runtime: str, entry: str, said: str) -> None:
    described = whole.parent / "apps" / "indexer" / "app.yaml"
    text = described.read_text().replace("main.py", entry)
    described.write_text(text.replace("runtime: python", f"runtime: {runtime}"))
    with pytest.raises(WrongInput) as error:
        check_files(load_environment(whole))
    assert said in str(error.value)


def test_58_only_a_dockerfile_saves_the_word_for_what_is_started(whole: Path) -> None:
    described = whole.parent / "apps" / "indexer" / "app.yaml"
    described.write_text(described.read_text().replace("entry: main.py\n", ""))
    with pytest.raises(WrongInput, match=r"indexer/app\.yaml names no entry"):
        check_files(load_environment(whole))
    (described.parent / "Dockerfile").touch()
    check_files(load_environment(whole))


def test_55_an_application_does_not_use_itself_by_the_environments_name(whole: Path) -> None:
    whole.write_text(BASE.replace("name: indexer", "name: indexGD"))
    described = whole.parent / "apps" / "indexer" / "app.yaml"
    text = described.read_text().replace("name: indexer", "name: other")
    for name in ("indexGD", "indexer"):  # of the environment, of its folder
        described.write_text(f"{text}uses: [{name}]\n")
        with pytest.raises(WrongInput, match=f"uses {name}, which is itself"):
            check_files(load_environment(whole))


def test_61_secrets_in_a_line_are_hidden_whatever_is_wrong_with_it(file: Path) -> None:
    for line in ("  password: canary", "  api_key: 'canary'", "  url: http://me:canary@host/"):
        file.write_text(BASE.replace("  bridge: xenbr0", line))
        said = refusal(file)
        assert "unknown key" in said
        assert "***" in said
        assert "canary" not in said


_watched: list[str] = []
_watching = False


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if not _watching:
        return
    if event == "open" and isinstance(arguments[0], str):
        _watched.append(f"{arguments[0]} {arguments[2]}")
    elif event.split(".")[0] in {"socket", "subprocess", "shutil", "ctypes"} or event in {
        "os.mkdir", "os.remove", "os.rename", "os.system", "os.exec", "os.posix_spawn",
    }:  # fmt: skip
        _watched.append(event)


def test_loading_opens_its_file_for_reading_and_touches_nothing_else(file: Path) -> None:
    global _watching
    sys.addaudithook(_note)
    texts = [BASE, *(written(case)[0] for case in CASES)]
    for text in texts:
        file.write_text(text)
        _watching = True
        try:
            load_environment(file)
        except WrongInput:
            pass
        finally:
            _watching = False
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    assert set(_watched) == {f"{file} {flags}"}
    assert len(_watched) == len(texts)


def test_the_watch_itself_sees_a_socket() -> None:
    global _watching
    _watching = True
    try:
        socket.socket().close()
    finally:
        _watching = False
    assert "socket.__new__" in _watched
