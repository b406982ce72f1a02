"""Starts a SLURM of its own, runs a command in it, and leaves nothing behind.

    python3 private_slurm.py python3 chain_test.py

The controller and two nodes, node1 and node2, run in pid, net and mount namespaces of their own, so that they meet no
other SLURM, and die with the command. Each node hangs on a link of its own name: `ip link set node1 down` cuts it off
while its processes go on. The command finds SLURM_CONF in its environment. Its exit code is ours; 77 where there is no
SLURM or no right to make namespaces.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

NODES = 2
# That each node claims to have, whatever the machine has.
CPUS = 4
# Where they are not the user's.
SBIN = os.pathsep + "/usr/sbin" + os.pathsep + "/sbin"
PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "ip", "unshare", "setpriv", "nsenter"]
DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL"]
# With a first process that waits for those whose parents have gone, as SLURM's are.
NAMESPACES = ["unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc",
              "bash", "-c", '"$@" & wait $!', "bash"]
INSIDE = "HISTO_PRIVATE_SLURM"
ADDRESS = "10.77.0."

# Seconds instead of SLURM's minutes, and nothing that needs systemd, cgroups or a database. A job that is requeued may
# start when the credential of its first start has expired.
CONF = """
ClusterName=histo
SlurmctldHost={host}({address}1)
SlurmctldPort=26817
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=10000,sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
SlurmdTimeout=10
ReturnToService=2
KillWait=10
MailProg=/bin/true
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def skip(sentence):
    print("SKIPPED: " + sentence)
    sys.exit(77)


def wait_until(is_true, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise TimeoutError("SLURM did not start: " + what)
        time.sleep(0.05)


def answer(*words):
    """What a program of SLURM's says; empty where it fails."""
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=10, check=True).stdout
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return ""


class PrivateSlurm:
    """The daemons, from inside the namespaces."""

    def __init__(self, folder):
        self.folder = folder
        self.daemons = []

    def start(self):
        self.write_conf()
        self.ip("link set lo up")
        self.ip("link add br0 type bridge")
        self.ip(f"addr add {ADDRESS}1/24 dev br0")
        self.ip("link set br0 up")
        self.spawn("munged", "--foreground", f"--key-file={self.folder}/munge.key",
                   f"--socket={self.folder}/munge.socket", f"--pid-file={self.folder}/munged.pid",
                   f"--log-file={self.folder}/munged.log", f"--seed-file={self.folder}/munge.seed")
        wait_until((self.folder / "munge.socket").is_socket, "munged")
        self.spawn("slurmctld", "-D")
        wait_until(lambda: "UP" in answer("scontrol", "ping"), "slurmctld")
        for number in range(1, NODES + 1):
            self.start_node(number)
        wait_until(lambda: answer("sinfo", "-h", "-N", "-o", "%T").split() == ["idle"] * NODES, "slurmd")

    def write_conf(self):
        host = os.uname().nodename
        user = answer("id", "-un").strip()
        nodes = "".join(f"NodeName=node{i} NodeHostName={host} NodeAddr={ADDRESS}{i + 1} Port={26817 + i} CPUs={CPUS} "
                        "RealMemory=4000 State=UNKNOWN\n" for i in range(1, NODES + 1))
        text = CONF.format(host=host, user=user, folder=self.folder, address=ADDRESS)
        # Nodes before the partition that names them.
        before, partition = text.split("PartitionName")
        pathlib.Path(os.environ["SLURM_CONF"]).write_text(before + nodes + "PartitionName" + partition)
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        (self.folder / "state").mkdir()

    def start_node(self, number):
        """A namespace with one end of a link in it; the other end has the node's name."""
        name = f"node{number}"
        (self.folder / f"spool.{name}").mkdir()
        holder = self.spawn("unshare", "--net", "sleep", "infinity")
        own = os.readlink("/proc/self/ns/net")
        wait_until(lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != own, "a namespace")
        self.ip(f"link add {name} type veth peer name eth0 netns {holder.pid}")
        self.ip(f"link set {name} master br0 up")
        inside = ["nsenter", "--target", str(holder.pid), "--net"]
        for words in ("link set lo up", f"addr add {ADDRESS}{number + 1}/24 dev eth0", "link set eth0 up"):
            subprocess.run([*inside, "ip", *words.split()], check=True)
        self.spawn(*inside, "slurmd", "-D", "-N", name)

    @staticmethod
    def ip(words):
        subprocess.run(["ip", *words.split()], check=True)

    def spawn(self, *words):
        with (self.folder / "daemons.out").open("ab") as out:
            daemon = subprocess.Popen([*DIES_WITH_US, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out,
                                      stderr=out)
        self.daemons.append(daemon)
        return daemon

    def stop(self):
        answer("scancel", "--signal=KILL", "--full", "--user", answer("id", "-un").strip())
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(timeout=5)

    def logs(self):
        for log in [*self.folder.glob("*.log"), self.folder / "daemons.out"]:
            with contextlib.suppress(OSError):
                yield f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def run_inside(command):
    folder = pathlib.Path(os.environ[INSIDE])
    slurm = PrivateSlurm(folder)
    try:
        slurm.start()
        return subprocess.run(command, check=False).returncode
    except (OSError, subprocess.CalledProcessError, TimeoutError) as error:
        print(error, *slurm.logs(), sep="\n", file=sys.stderr)
        return 1
    finally:
        slurm.stop()


def main():
    os.environ["PATH"] += SBIN
    if os.environ.get(INSIDE):
        sys.exit(run_inside(sys.argv[1:]))
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        skip("there is no " + ", ".join(missing) + "; Debian has them in slurmctld, slurmd, slurm-client, munge, "
             "iproute2 and util-linux")
    if subprocess.run([*NAMESPACES, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode:
        skip("no namespaces may be made here, and SLURM's nodes need some; run it as root")
    with tempfile.TemporaryDirectory(prefix="histo-slurm-") as folder:
        os.chmod(folder, 0o755)  # munged's own wish
        os.environ.update({INSIDE: folder, "SLURM_CONF": folder + "/slurm.conf"})
        done = subprocess.run([*DIES_WITH_US, *NAMESPACES, sys.executable, os.path.abspath(__file__), *sys.argv[1:]],
                              check=False)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
