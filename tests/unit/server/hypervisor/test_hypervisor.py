"""Xen on the server: the right boot entry is found, and a reboot only happens for a reason."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.model import Environment, Xen
from errors import EposVirtError
from tasks.server.boot_menu import command_lines, default_entry, xen_entry
from tasks.server.hypervisor import (
    DAEMONS,
    DEFAULT_FILE,
    GRUB_CFG,
    GRUB_FILE,
    GRUB_ONCE,
    LAST,
    STORE,
    WEIGHT_FILE,
    choose_xen,
    grub_file,
    hypervisor_step,
    plan_hypervisor,
    prove_options,
    read_xen,
    set_daemons,
    weight_file,
    with_daemons,
)

HERE = Path(__file__).parent
REAL = (HERE / "real" / "grub_of_debian_13_with_xen.cfg").read_text()
INFO = (HERE / "xl_info_of_the_lab.txt").read_text()
SIMPLE = "xen-gnulinux-simple-0009b2bb-80bd-4c7d-b8fc-8714f9217a51"
TITLE = "Debian GNU/Linux, with Xen hypervisor"
WITHOUT_XEN = REAL[: REAL.index("### BEGIN /etc/grub.d/20_linux_xen")]
XEN = {"test -d /proc/xen/": "", "which xl": "/usr/sbin/xl\n", "xl info": INFO}
PLAIN = {"test -d /proc/xen/": (1, ""), "which xl": (1, "")}


def without_simple_entry(menu: str) -> str:
    """The menu with only the submenu's entries for Xen, as an operator may have cut it."""
    begin = menu.index(f"menuentry '{TITLE}'")
    return menu[:begin] + menu[menu.index("submenu 'Advanced options for Debian GNU/Linux (with") :]


def test_the_entry_that_boots_xen_is_found_in_a_real_menu() -> None:
    assert xen_entry(REAL) == SIMPLE


def test_a_menu_without_xen_has_no_such_entry() -> None:
    assert xen_entry(WITHOUT_XEN) is None
    assert xen_entry("") is None


def test_an_entry_within_submenus_is_named_with_all_of_them() -> None:
    identity = "0009b2bb-80bd-4c7d-b8fc-8714f9217a51"
    assert xen_entry(without_simple_entry(REAL)) == (
        f"gnulinux-advanced-{identity}"
        f">xen-hypervisor-4.20-amd64-{identity}"
        f">xen-gnulinux-6.12.117+deb13-amd64-advanced-{identity}"
    )


def test_the_default_of_a_real_menu_is_read() -> None:
    assert default_entry(REAL) == TITLE
    assert default_entry("set timeout=2\n") is None
    assert default_entry('   set default="${next_entry}"\n') is None


class Grub:
    """A server whose update-grub writes the default it is told into its menu."""

    def __init__(self, server: Any, menu: str, *, obeys: bool = True) -> None:
        self.server = server
        self.menu = menu
        self.obeys = obeys
        self.name = server.name
        self.written = server.written

    def read(self, path: str) -> str | None:
        return self.menu if path == GRUB_CFG else self.written.get(path)

    def write(self, path: str, content: str) -> None:
        self.server.write(path, content)

    def check(self, *argv: str, **rest: object) -> str:
        self.server.check(*argv)
        if argv == ("update-grub",) and self.obeys:
            wanted = self.written[DEFAULT_FILE].split('GRUB_DEFAULT="')[1].split('"')[0]
            default = default_entry(self.menu)
            self.menu = self.menu.replace(f'set default="{default}"', f'set default="{wanted}"')
        return ""


@pytest.mark.parametrize(
    "default",
    [
        pytest.param("0", id="the first entry"),
        pytest.param(TITLE, id="Debian's title"),
        pytest.param(" GNU/Linux, with Xen hypervisor", id="a title without distributor"),
    ],
)
def test_the_default_is_made_the_entry_that_really_boots_xen(
    canned: Callable[..., Any], default: str
) -> None:
    menu = REAL.replace(f'set default="{TITLE}"', f'set default="{default}"')
    grub: Any = Grub(canned({"update-grub": ""}), menu)
    choose_xen(grub)
    assert default_entry(grub.menu) == SIMPLE


def test_a_default_that_boots_xen_is_left_alone(canned: Callable[..., Any]) -> None:
    menu = REAL.replace(f'set default="{TITLE}"', f'set default="{SIMPLE}"')
    grub: Any = Grub(canned({}), menu)
    choose_xen(grub)
    assert grub.written == {}


def test_a_server_is_not_rebooted_when_its_menu_cannot_boot_xen(
    canned: Callable[..., Any],
) -> None:
    grub: Any = Grub(canned({}), WITHOUT_XEN)
    with pytest.raises(EposVirtError, match="no entry that boots Xen"):
        choose_xen(grub)
    grub = Grub(canned({"update-grub": ""}), REAL, obeys=False)
    with pytest.raises(EposVirtError, match="would not boot Xen") as error:
        choose_xen(grub)
    assert TITLE in error.value.seen


def test_a_server_is_not_rebooted_into_other_options_than_the_wanted(
    canned: Callable[..., Any], wanted: Xen
) -> None:
    xen, kernel = command_lines(REAL)
    assert "/boot/xen-4.20-amd64.gz placeholder" in xen
    assert kernel.split()[:2] == ["module2", "/boot/vmlinuz-6.12.117+deb13-amd64"]
    menu = REAL.replace("placeholder   ${xen_rm_opts}", f"{ALL} ${{xen_rm_opts}}")
    prove_options(canned({f"cat {GRUB_CFG}": menu}), wanted)
    later = menu.replace("${xen_rm_opts}", "dom0_max_vcpus=4 ${xen_rm_opts}")
    with pytest.raises(EposVirtError, match="without what the environment wants") as error:
        prove_options(canned({f"cat {GRUB_CFG}": later}), wanted)
    assert "Xen runs without dom0_max_vcpus=1" in error.value.seen
    assert command_lines(WITHOUT_XEN) == ("", "")


def test_xl_info_is_read_by_its_keys(canned: Callable[..., Any]) -> None:
    running = read_xen(canned(XEN))
    assert running["xen_version"] == "4.20.2"
    assert running["total_memory"] == "4095"
    assert "dom0_mem=1024M,max:1024M" in running["xen_commandline"].split()


def test_a_server_without_xen_has_none(canned: Callable[..., Any]) -> None:
    assert read_xen(canned(PLAIN)) == {}
    assert read_xen(canned({**XEN, "xl info": (1, "")})) == {}


@pytest.fixture
def wanted(environment: Environment) -> Xen:
    return environment.hypervisor


def running(options: str) -> dict[str, str]:
    return {"xen_commandline": options}


ALL = (
    "placeholder dom0_mem=1024M,max:1024M dom0_max_vcpus=1 console=com1 com1=115200,8n1 "
    "spec-ctrl=no,eager-fpu xpti=no pv-l1tf=no"
)


# As the lab's /proc/cmdline begins: Debian's GRUB puts that word before what it gives Xen and dom0.
DOM0 = "placeholder root=UUID=14ecef1d ro console=hvc0 mitigations=off"


@pytest.mark.parametrize(
    ("have", "reason"),
    [
        ({}, "the server does not run Xen"),
        (running(ALL), ""),
        (running(ALL + " more=1"), ""),
        (running(ALL.replace("1024M,", "2048M,")), "Xen runs without dom0_mem=1024M,max:1024M"),
        (running(ALL.replace("vcpus=1", "vcpus=12")), "Xen runs without dom0_max_vcpus=1"),
        (
            running(ALL.replace("xpti=no pv-l1tf=no", "")),
            "Xen runs without xpti=no pv-l1tf=no",
        ),
        (running(""), f"Xen runs without {ALL.removeprefix('placeholder ')}"),
    ],
)
def test_a_reboot_has_a_reason(wanted: Xen, have: dict[str, str], reason: str) -> None:
    assert plan_hypervisor(have, DOM0, wanted) == reason


def test_a_dom0_with_other_options_is_a_reason(wanted: Xen) -> None:
    line = DOM0.replace("mitigations=off", "")
    assert plan_hypervisor(running(ALL), line, wanted) == "dom0 runs without mitigations=off"


def test_grub_s_settings_are_valid_shell_with_the_wanted_dom0(wanted: Xen) -> None:
    assert sourced("", wanted) == {
        "GRUB_CMDLINE_XEN": [],
        "GRUB_CMDLINE_XEN_DEFAULT": ALL.removeprefix("placeholder ").split(),
        "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT": ["console=hvc0", "mitigations=off"],
    }


def sourced(before: str, wanted: Xen) -> dict[str, list[str]]:
    """What update-grub knows once it has read the server's own settings, then ours."""
    names = ("GRUB_CMDLINE_XEN", "GRUB_CMDLINE_XEN_DEFAULT", LAST)
    shown = "".join(f'echo "${name}"\n' for name in names)
    script = f"{before}\n{grub_file(wanted)}\n{shown}"
    told = subprocess.run(["sh", "-e"], input=script, capture_output=True, text=True, check=True)
    return dict(zip(names, map(str.split, told.stdout.splitlines()), strict=True))


def test_nothing_that_was_on_a_command_line_is_dropped_and_ours_comes_last(
    wanted: Xen,
) -> None:
    before = (
        'GRUB_CMDLINE_XEN="iommu=no"\n'
        'GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=4096M dom0_max_vcpus=4"\n'
        'GRUB_CMDLINE_LINUX_DEFAULT="cryptdevice=/dev/vda2 mitigations=auto"\n'
    )
    have = sourced(before, wanted)
    line = " ".join([*have["GRUB_CMDLINE_XEN"], *have["GRUB_CMDLINE_XEN_DEFAULT"]])
    assert line.startswith("iommu=no dom0_mem=4096M dom0_max_vcpus=4 dom0_mem=1024M")
    kernel = " ".join(have[LAST])
    assert kernel == "cryptdevice=/dev/vda2 mitigations=auto console=hvc0 mitigations=off"
    assert plan_hypervisor(running(line), f"root=/dev/vda1 {kernel}", wanted) == ""


@pytest.mark.parametrize(
    ("before", "kernel"),
    [
        (f'{LAST}=""\nGRUB_CMDLINE_LINUX_DEFAULT=quiet\n', "quiet"),
        (f"{LAST}='of=xen'\nGRUB_CMDLINE_LINUX_DEFAULT='quiet'\n", "of=xen"),
        ("GRUB_CMDLINE_LINUX_DEFAULT=$(echo a=1 b=2)\n", "a=1 b=2"),
        ('GRUB_CMDLINE_LINUX_DEFAULT="a=1 \\\n b=2"\n', "a=1 b=2"),
    ],
    ids=["replaced by nothing", "replaced", "computed", "over two lines"],
)
def test_however_a_server_writes_its_own_options_they_stay(
    wanted: Xen, before: str, kernel: str
) -> None:
    assert " ".join(sourced(before, wanted)[LAST]).startswith(f"{kernel} console=hvc0")


@pytest.mark.parametrize(
    ("xen", "kernel", "reason"),
    [
        (f"{ALL} dom0-max-vcpus=4", "", "Xen runs without dom0_max_vcpus=1"),
        (f"dom0-max-vcpus=4 {ALL}", "", ""),
        (ALL, "mitigations=auto", "dom0 runs without mitigations=off"),
        (ALL, "console=tty0", ""),
    ],
    ids=["with dashes, after", "with dashes, before", "of the kernel", "a second console"],
)
def test_of_an_option_that_is_there_twice_the_last_counts(
    wanted: Xen, xen: str, kernel: str, reason: str
) -> None:
    assert plan_hypervisor(running(xen), f"{DOM0} {kernel}", wanted) == reason


def test_an_option_that_the_environment_says_twice_is_no_reason_for_ever(wanted: Xen) -> None:
    twice = wanted.model_copy(update={"options": (*wanted.options, "dom0_max_vcpus=2")})
    assert plan_hypervisor(running(f"{ALL} dom0_max_vcpus=2"), DOM0, twice) == ""


def test_an_option_that_another_after_it_overrides_is_not_in_force(wanted: Xen) -> None:
    line = f"{ALL} dom0_mem=4096M dom0_max_vcpus=4"
    assert plan_hypervisor(running(line), DOM0, wanted) == (
        "Xen runs without dom0_mem=1024M,max:1024M dom0_max_vcpus=1"
    )


RESCUE = """\
### BEGIN /etc/grub.d/15_rescue ###
menuentry "Rescue Xen" --id rescue-xen {
\tmultiboot2 /boot/xen-4.20-amd64.gz placeholder single
\tmodule2 /boot/vmlinuz placeholder single
}
### END /etc/grub.d/15_rescue ###
"""


def test_an_entry_of_somebody_elses_is_not_taken_for_debians() -> None:
    begin = REAL.index("### BEGIN /etc/grub.d/20_linux_xen")
    assert xen_entry(REAL[:begin] + RESCUE + REAL[begin:]) == SIMPLE
    assert xen_entry(RESCUE) == "rescue-xen"


def test_debians_script_is_known_where_it_was_moved_to_the_front() -> None:
    moved = REAL.replace("/etc/grub.d/20_linux_xen", "/etc/grub.d/08_linux_xen")
    assert xen_entry(RESCUE + moved) == SIMPLE


def test_what_is_chosen_for_the_next_boot_only_is_told(canned: Callable[..., Any]) -> None:
    grub: Any = Grub(canned({}), REAL.replace(f'set default="{TITLE}"', f'set default="{SIMPLE}"'))
    grub.written[GRUB_ONCE] = "# GRUB Environment Block\nnext_entry=memtest\n####"
    with pytest.raises(EposVirtError, match="would not boot Xen the next time") as error:
        choose_xen(grub)
    assert "next_entry=memtest" in error.value.seen
    grub.written[GRUB_ONCE] = "# GRUB Environment Block\nsaved_entry=0\nnext_entry=\n####"
    choose_xen(grub)


@pytest.mark.parametrize(
    ("head", "entry"),
    [
        ('menuentry "Xen of mine" --class xen --id=mine {', "mine"),
        ("menuentry 'Xen of mine' --id 'mine' --class xen {", "mine"),
        ("menuentry 'Xen of mine' --class xen {", "Xen of mine"),
        ("menuentry Xen {", "Xen"),
        ("menuentry\t'Xen' --unrestricted --id\txen-1 {", "xen-1"),
        ('menuentry \'Xen\' --users "" --id  "xen 1"{', "xen 1"),
        ("menuentry 'Xen 4' $menuentry_id_option\t'xen-4' {", "xen-4"),
    ],
)
def test_an_entry_is_known_by_its_id_else_by_its_title(head: str, entry: str) -> None:
    other = "menuentry 'Linux' --id linux {\n\tlinux /boot/vmlinuz\n}\n"
    assert xen_entry(f"{other}{head}\n\tmultiboot2 /boot/xen.gz\n}}\n{other}") == entry


class Machines:
    """The connections of a run whose server is canned."""

    def __init__(self, server: Any) -> None:
        self.server = server


def test_the_right_xen_is_left_running(canned: Callable[..., Any], wanted: Xen) -> None:
    server = canned(
        {
            **XEN,
            f"cat {GRUB_FILE}": grub_file(wanted),
            f"cat {DAEMONS}": with_daemons(""),
            "cat /proc/cmdline": DOM0,
            f"cat {WEIGHT_FILE}": weight_file(wanted),
            "test -d /var/log/xen/console": "",
        }
    )
    machines: Any = Machines(server)
    plan = hypervisor_step(wanted, machines, ()).plan()
    assert plan.actions == ()
    assert plan.reason == "Xen 4.20.2 runs with the wanted dom0"


def test_a_plain_server_gets_settings_consoles_and_one_reboot(
    canned: Callable[..., Any], wanted: Xen
) -> None:
    server = canned(
        {
            **PLAIN,
            "cat /proc/cmdline": "ro quiet",
            f"cat {GRUB_FILE}": (1, ""),
            f"test -e {GRUB_FILE}": (1, ""),
            f"cat {WEIGHT_FILE}": (1, ""),
            f"test -e {WEIGHT_FILE}": (1, ""),
            f"cat {DAEMONS}": (HERE / "real" / "default_xen_of_debian_13.txt").read_text(),
        }
    )
    machines: Any = Machines(server)
    plan = hypervisor_step(wanted, machines, ()).plan()
    assert plan.reason == "the server does not run Xen"
    assert [action.what for action in plan.actions] == [
        f"write {GRUB_FILE}, update-grub",
        "log every domU's console, choose the quicker Xenstore",
        "give dom0 weight 2048 where processors are short",
        "check the boot entry, reboot into Xen",
    ]
    assert server.written == {}


def test_consoles_are_logged_and_the_other_settings_kept(canned: Callable[..., Any]) -> None:
    before = (HERE / "real" / "default_xen_of_debian_13.txt").read_text()
    server = canned({f"cat {DAEMONS}": before + "XENCONSOLED_ARGS=--debug\n", "mkdir": ""})
    set_daemons(server)
    lines = server.written[DAEMONS].splitlines()
    assert lines == [*before.splitlines(), STORE, "XENCONSOLED_ARGS=--log=guest"]


def test_a_xenstore_that_somebody_chose_stays() -> None:
    chosen = "XENSTORED=/usr/sbin/oxenstored\n"
    assert with_daemons(chosen) == chosen + "XENCONSOLED_ARGS=--log=guest\n"


@pytest.mark.parametrize("settings", ["", STORE, "XENSTORED_ARGS=\n"])
def test_daemons_that_are_set_are_not_set_again(settings: str) -> None:
    assert with_daemons(with_daemons(settings)) == with_daemons(settings)


@pytest.mark.parametrize(("there", "chosen"), [(True, "/bin/xenstored"), (False, "")])
def test_a_xen_without_the_quicker_xenstore_keeps_its_own(there: bool, chosen: str) -> None:
    line = STORE.replace("/usr/lib/xen-common/bin/xen-dir", "echo ''")
    line = line.replace("test -x", "true" if there else "false")
    told = subprocess.run(
        ["sh", "-ec", f"{line}\necho $XENSTORED"], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == chosen
