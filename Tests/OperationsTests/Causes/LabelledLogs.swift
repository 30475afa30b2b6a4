import TestSupport

/// The logs on which grouping is measured, written in the shapes of public sets before there was anything to measure.
enum LabelledLogs {
  /// All of them.
  static let all = [
    hdfs, hadoop, spark, openSSH, apache, linux, postgres, celery, web, exceptions,
  ]

  static let users = LabelledLog.Value.words([
    "root", "admin", "alice", "bob", "postgres", "deploy", "oracle", "test", "guest", "ubuntu", "maria",
    "chen", "www-data",
    "svc-backup", "git", "ftp", "nagios", "olga", "jenkins", "pi",
  ])
  static let hosts = LabelledLog.Value.words([
    "web1", "db-primary", "cache", "mail.example.org", "worker-a", "worker-b", "localhost", "gateway",
    "ns2.example.net",
    "build", "archive", "node17", "edge-fra", "edge-iad", "printer",
  ])
  static let common: [String: LabelledLog.Value] = [
    "user": users, "host": hosts, "ip": .address, "port": .number(1024...65535), "small": .number(1...9),
    "int": .number(0...100_000), "ms": .number(1...9000), "pid": .number(100...32000), "uuid": .uuid,
    "hex": .hex(12),
    "seconds": .decimal(0...300, digits: 3), "percent": .number(0...100),
    "hosts": .list("host", 1...5, separator: ", "),
    "hostlist": .list("host", 1...4, separator: " "),
  ]

  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  static func clock(_ line: Int) -> String {
    "\(two(line / 3600 % 24)):\(two(line / 60 % 60)):\(two(line % 60))"
  }
  static func millis(_ random: inout SeededGenerator) -> String {
    "\(Int.random(in: 100...999, using: &random))"
  }
  static func with(_ own: [String: LabelledLog.Value]) -> [String: LabelledLog.Value] {
    common.merging(own) { $1 }
  }

  static let hdfs = LabelledLog(
    name: "HDFS",
    header: { random, line, level in
      let component = random.pick([
        "dfs.DataNode$PacketResponder", "dfs.FSNamesystem", "dfs.DataNode$DataXceiver", "dfs.FSDataset",
      ])
      return
        "0811\(two(9 + line / 500)) \(two(line / 90 % 24))\(two(line / 60 % 60))\(two(line % 60)) \(Int.random(in: 10...20000, using: &random)) \(level) \(component): "
    },
    values: with([
      "block": .text(["blk_{id}", "blk_-{id}"]), "id": .number(1_000_000_000...9_000_000_000),
      "at": .text(["/{ip}:{port}"]),
      "nodes": .list("addr", 1...3, separator: " "), "addr": .text(["{ip}:{port}"]),
      "blocks": .list("block", 1...6, separator: " "),
      "file": .text([
        "/user/root/rand/_temporary/_task_{id}_m_{int}_0/part-{int}",
        "/mnt/hadoop/mapred/system/job_{id}/job.jar",
      ]),
      "reason": .words(["Could not read from stream", "Connection reset by peer", "Broken pipe"]),
    ]),
    statements: [
      (300, "INFO", "Receiving block {block} src: {at} dest: {at}"),
      (300, "INFO", "PacketResponder {small} for block {block} terminating"),
      (280, "INFO", "Received block {block} of size {int} from /{ip}"),
      (
        280, "INFO",
        "BLOCK* NameSystem.addStoredBlock: blockMap updated: {addr} is added to {block} size {int}"
      ),
      (120, "INFO", "BLOCK* NameSystem.allocateBlock: {file}. {block}"),
      (220, "INFO", "Deleting block {block} file /mnt/hadoop/dfs/data/current/subdir{small}/{block}"),
      (220, "INFO", "BLOCK* NameSystem.delete: {block} is added to invalidSet of {addr}"),
      (80, "INFO", "{addr} Served block {block} to /{ip}"),
      (80, "WARN", "{addr}:Got exception while serving {block} to /{ip}:"),
      (30, "INFO", "Verification succeeded for {block}"),
      (20, "INFO", "BLOCK* ask {addr} to delete {blocks}"),
      (20, "INFO", "BLOCK* ask {addr} to replicate {block} to datanode(s) {nodes}"),
      (12, "INFO", "writeBlock {block} received exception java.io.IOException: {reason}"),
      (10, "INFO", "Receiving empty packet for block {block}"),
      (0, "WARN", "Unexpected error trying to delete block {block}. BlockInfo not found in volumeMap."),
      (
        0, "INFO", "Changing block file offset of block {block} from {int} to {int} meta file offset to {int}"
      ),
    ]
  )

  static let hadoop = LabelledLog(
    name: "Hadoop",
    header: { random, line, level in
      let thread = random.pick([
        "main", "IPC Server handler 3 on 62270", "AsyncDispatcher event handler", "RMCommunicator Allocator",
      ])
      return
        "2015-10-18 \(clock(line)),\(millis(&random)) \(level) [\(thread)] org.apache.hadoop.mapreduce.v2.app.\(random.pick(["MRAppMaster", "job.impl.TaskImpl", "rm.RMContainerAllocator"])): "
    },
    values: with([
      "attempt": .text(["attempt_1445144423722_00{small}0_m_0000{small}_{small}"]),
      "task": .text(["task_1445144423722_00{small}0_m_0000{small}"]),
      "container": .text(["container_1445144423722_0020_01_0000{small}{small}"]),
      "state": .words([
        "NEW", "SCHEDULED", "RUNNING", "SUCCEEDED", "FAILED", "KILLED", "UNASSIGNED", "ASSIGNED",
      ]),
      "service": .words([
        "MRClientService", "RMContainerAllocator", "CommitterEventHandler", "JobHistoryEventHandler",
        "TaskAttemptListener",
      ]),
      "event": .words(["TA_SCHEDULE", "TA_ASSIGNED", "TA_DONE", "TA_KILL", "TA_FAILMSG", "TA_UPDATE"]),
      "class": .words([
        "org.apache.hadoop.mapreduce.jobhistory.EventType",
        "org.apache.hadoop.mapreduce.v2.app.job.event.JobEventType",
        "org.apache.hadoop.mapreduce.v2.app.speculate.Speculator$EventType",
        "org.apache.hadoop.mapreduce.v2.app.rm.ContainerAllocator$EventType",
      ]),
      "handler": .words([
        "JobEventDispatcher", "TaskEventDispatcher", "SpeculatorEventDispatcher", "CommitterEventHandler",
      ]),
      "rack": .words(["/default-rack", "/rack-a", "/rack-b"]),
    ]),
    statements: [
      (200, "INFO", "{attempt} TaskAttempt Transitioned from {state} to {state}"),
      (120, "INFO", "{task} Task Transitioned from {state} to {state}"),
      (200, "INFO", "Progress of TaskAttempt {attempt} is : 0.{int}"),
      (60, "INFO", "Assigned container {container} to {attempt}"),
      (60, "INFO", "Launching {attempt}"),
      (
        40, "INFO",
        "Processing the event EventType: CONTAINER_REMOTE_LAUNCH for container {container} taskAttempt {attempt}"
      ),
      (
        40, "INFO",
        "Processing the event EventType: CONTAINER_REMOTE_CLEANUP for container {container} taskAttempt {attempt}"
      ),
      (40, "INFO", "Registering class {class} for class {handler}"),
      (80, "WARN", "Address change detected. Old: {host}/{ip}:{port} New: {host}:{port}"),
      (
        200, "INFO",
        "Retrying connect to server: {host}/{ip}:{port}. Already tried {small} time(s); maxRetries=45"
      ),
      (
        80, "WARN",
        "Failed to renew lease for [DFSClient_NONMAPREDUCE_{int}_1] for {int} seconds. Will retry shortly ..."
      ),
      (60, "ERROR", "ERROR IN CONTACTING RM."),
      (40, "INFO", "Resolved {host} to {rack}"),
      (
        30, "INFO",
        "Event Writer setup for JobId: job_{int}_0020, File: hdfs://{host}:9000/tmp/hadoop-yarn/staging/{user}/.staging/job_{int}.jhist"
      ),
      (30, "INFO", "Recalculating schedule, headroom=<memory:{int}, vCores:{small}>"),
      (30, "INFO", "Reduce slow start threshold not met. completedMapsForReduceSlowstart {small}"),
      (20, "INFO", "Starting {service}"), (20, "INFO", "Stopping {service}"),
      (20, "INFO", "JVM with ID : jvm_{int}_m_{small} asked for a task"),
      (20, "INFO", "JVM with ID: jvm_{int}_m_{small} given task: {attempt}"),
      (0, "INFO", "Using callQueue class java.util.concurrent.LinkedBlockingQueue"),
      (0, "INFO", "nodeBlacklistingEnabled:true"),
      (0, "INFO", "maxTaskFailuresPerNode is 3"),
      (0, "ERROR", "Error communicating with RM: Couldn't resolve {host}"),
      (0, "FATAL", "Error in dispatcher thread"),
      (0, "INFO", "Job end notification requested but no URL was given"),
    ]
  )

  static let spark = LabelledLog(
    name: "Spark",
    header: { random, line, level in
      "17/06/09 \(clock(line)) \(level) \(random.pick(["executor.Executor", "storage.BlockManager", "storage.MemoryStore", "broadcast.TorrentBroadcast"])): "
    },
    values: with([
      "size": .text(["{a}.{small} KB", "{a}.0 B", "{a}.{small} MB", "{small}.1 GB"]), "a": .number(1...990),
      "rdd": .text(["rdd_{small}_{a}"]), "user": users, "users": .list("user", 1...3, separator: ", "),
      "dir": .text(["/opt/hdfs/nodemanager/usercache/{user}/appcache/application_{int}/blockmgr-{uuid}"]),
    ]),
    statements: [
      (200, "INFO", "Running task {a}.0 in stage {small}.0 (TID {int})"),
      (200, "INFO", "Finished task {a}.0 in stage {small}.0 (TID {int}). {int} bytes result sent to driver"),
      (250, "INFO", "Found block {rdd} locally"), (80, "INFO", "Found block {rdd} remotely"),
      (100, "INFO", "Block {rdd} stored as bytes in memory (estimated size {size}, free {size})"),
      (100, "INFO", "Block {rdd} stored as values in memory (estimated size {size}, free {size})"),
      (60, "INFO", "Started reading broadcast variable {a}"),
      (60, "INFO", "Reading broadcast variable {a} took {ms} ms"),
      (100, "INFO", "Got assigned task {int}"),
      (80, "INFO", "Times: total = {ms}, boot = {ms}, init = {ms}, finish = {small}"),
      (50, "INFO", "Input split: hdfs://{host}:9000/pjhe/logs/2kSOSP.log:{int}+{int}"),
      (30, "INFO", "Partition {rdd} not found, computing it"),
      (20, "INFO", "Getting {small} non-empty blocks out of {small} blocks"),
      (20, "INFO", "Started {small} remote fetches in {ms} ms"),
      (10, "INFO", "Changing view acls to: {users}"), (10, "INFO", "Changing modify acls to: {users}"),
      (8, "INFO", "Created local directory at {dir}"), (8, "INFO", "Deleted local directory at {dir}"),
      (20, "WARN", "Lost executor {small} on {host}: remote Rpc client disassociated"),
      (
        0, "INFO",
        "SecurityManager: authentication disabled; ui acls disabled; users with view permissions: Set({users}); users with modify permissions: Set({users})"
      ),
      (0, "INFO", "Registered signal handlers for [TERM, HUP, INT]"),
      (0, "INFO", "Driver commanded a shutdown"), (0, "INFO", "Shutdown hook called"),
      (0, "ERROR", "RECEIVED SIGNAL {small}: SIGTERM"),
      (0, "INFO", "Connecting to driver: spark://CoarseGrainedScheduler@{ip}:{port}"),
      (0, "INFO", "Successfully registered with driver"),
    ]
  )

  static let openSSH = LabelledLog(
    name: "OpenSSH",
    header: { random, line, _ in
      "Dec 10 \(clock(line)) LabSZ sshd[\(Int.random(in: 20000...30000, using: &random))]: "
    },
    values: with([
      "why": .words(["Bye Bye", "disconnected by user", "Auth fail", "Closed due to user request"])
    ]),
    statements: [
      (200, "", "Failed password for {user} from {ip} port {port} ssh2"),
      (150, "", "Failed password for invalid user {user} from {ip} port {port} ssh2"),
      (100, "", "Failed none for invalid user {user} from {ip} port {port} ssh2"),
      (20, "", "Accepted password for {user} from {ip} port {port} ssh2"),
      (15, "", "Accepted publickey for {user} from {ip} port {port} ssh2: RSA {hex}"),
      (150, "", "Invalid user {user} from {ip}"),
      (150, "", "input_userauth_request: invalid user {user} [preauth]"),
      (150, "", "Received disconnect from {ip}: 11: {why} [preauth]"),
      (40, "", "error: Received disconnect from {ip}: 3: com.jcraft.jsch.JSchException: Auth fail [preauth]"),
      (80, "", "Connection closed by {ip} [preauth]"),
      (
        150, "",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={host}"
      ),
      (
        150, "",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}  user={user}"
      ),
      (150, "", "pam_unix(sshd:auth): check pass; user unknown"),
      (100, "", "reverse mapping checking getaddrinfo for {host} [{ip}] failed - POSSIBLE BREAK-IN ATTEMPT!"),
      (20, "", "pam_unix(sshd:session): session opened for user {user} by (uid=0)"),
      (20, "", "pam_unix(sshd:session): session closed for user {user}"),
      (20, "", "Disconnecting: Too many authentication failures for {user} [preauth]"),
      (10, "", "PAM {small} more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}"),
      (10, "", "PAM service(sshd) ignoring max retries; {small} > 3"),
      (5, "", "message repeated {small} times: [ Failed password for {user} from {ip} port {port} ssh2]"),
      (0, "", "Did not receive identification string from {ip}"),
      (0, "", "fatal: Write failed: Connection reset by peer [preauth]"),
      (0, "", "Server listening on 0.0.0.0 port 22."),
      (0, "", "Received signal 15; terminating."),
      (0, "", "Bad protocol version identification {hex} from {ip} port {port}"),
    ]
  )

  static let apache = LabelledLog(
    name: "Apache",
    header: { _, line, level in "[Sun Dec 04 \(clock(line)) 2005] [\(level)] " },
    values: with([
      "page": .words([
        "index.html", "favicon.ico", "robots.txt", "scripts/root.exe", "admin.php", "phpmyadmin",
        "cgi-bin/awstats.pl", "wp-login.php",
      ]),
      "module": .words(["mod_python", "mod_ssl", "mod_perl", "mod_jk"]),
    ]),
    statements: [
      (500, "notice", "workerEnv.init() ok /etc/httpd/conf/workers2.properties"),
      (500, "error", "mod_jk child workerEnv in error state {small}"),
      (700, "notice", "jk2_init() Found child {pid} in scoreboard slot {small}"),
      (60, "error", "[client {ip}] Directory index forbidden by rule: /var/www/html/"),
      (60, "error", "[client {ip}] File does not exist: /var/www/html/{page}"),
      (30, "error", "[client {ip}] script not found or unable to stat: /var/www/cgi-bin/{page}"),
      (20, "error", "jk2_init() Can't find child {pid} in scoreboard"),
      (20, "error", "mod_jk child init {small} -2"),
      (10, "error", "[client {ip}] user {user} not found: /{page}"),
      (10, "error", "[client {ip}] user {user}: authentication failure for \"/{page}\": Password Mismatch"),
      (6, "notice", "{module} configured -- resuming normal operations"),
      (0, "notice", "Graceful restart requested, doing restart"),
      (0, "notice", "caught SIGTERM, shutting down"),
      (0, "warn", "child process {pid} still did not exit, sending a SIGTERM"),
      (0, "notice", "suEXEC mechanism enabled (wrapper: /usr/sbin/suexec)"),
      (0, "error", "env.createBean2(): Factory error creating channel.jni:jni ( channel.jni, jni)"),
    ]
  )

  static let linux = LabelledLog(
    name: "Linux",
    header: { random, line, _ in
      "Jun \(two(14 + line / 300)) \(clock(line * 7)) combo \(random.pick(["kernel", "su(pam_unix)[2312]", "systemd[1]", "dhclient[771]", "cupsd[904]"])): "
    },
    values: with([
      "unit": .words([
        "cron.service", "nginx.service", "docker.service", "ssh.service", "postfix.service",
        "rsyslog.service", "snapd.service", "redis-server.service",
      ]),
      "desc": .words([
        "Daily apt download activities", "Periodic Background Service", "Rotate log files",
        "Docker Application Container Engine", "Clean php session files", "Message of the Day",
      ]),
      "iface": .words(["eth0", "eth1", "wlan0", "docker0", "lo"]),
      "disk": .words(["sda", "sdb", "sdc", "nvme0n1"]),
      "daemon": .words(["cups", "syslogd", "named", "crond", "httpd", "smartd"]),
      "direction": .words(["IN", "OUT"]), "hexa": .text(["0x{hex}"]),
    ]),
    statements: [
      (
        150, "",
        "authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost={host}[[  user={user}]]"
      ),
      (120, "", "check pass; user unknown"),
      (120, "", "session opened for user {user} by (uid=0)"), (120, "", "session closed for user {user}"),
      (120, "", "connection from {ip} ({host}) at Sat Jun 18 {small}:0{small}:42 2005"),
      (60, "", "Started {desc}."), (60, "", "Starting {desc}..."), (30, "", "Stopped {desc}."),
      (60, "", "{unit}: Succeeded."),
      (40, "", "{unit}: Main process exited, code=exited, status={small}/FAILURE"),
      (40, "", "{unit}: Failed with result 'exit-code'."),
      (40, "", "{iface}: link up, 100Mbps, full-duplex"), (40, "", "{iface}: link down"),
      (40, "", "{iface}: entered promiscuous mode"), (30, "", "{iface}: left promiscuous mode"),
      (40, "", "EXT4-fs ({disk}1): mounted filesystem with ordered data mode. Opts: (null)"),
      (20, "", "Out of memory: Killed process {pid} ({daemon}) total-vm:{int}kB, anon-rss:{int}kB"),
      (60, "", "DHCPREQUEST on {iface} to {ip} port 67"), (60, "", "DHCPACK from {ip}"),
      (30, "", "bound to {ip} -- renewal in {int} seconds."),
      (40, "", "{daemon} startup succeeded"), (40, "", "{daemon} shutdown succeeded"),
      (10, "", "{daemon} shutdown failed"),
      (40, "", "ACPI: PCI Interrupt Link [LNK{small}] enabled at IRQ {small}"),
      (20, "", "CPU {small}: Temperature above threshold, cpu clock throttled (total events = {int})"),
      (10, "", "ANONYMOUS FTP LOGIN FROM {ip}, ({user})"),
      (
        0, "",
        "Linux version 2.6.5-1.358 (bhcompile@bugs.build.redhat.com) (gcc version 3.3.3) #1 Sat May 8 09:04:50 EDT 2004"
      ),
      (0, "", "klogd 1.4.1, log source = /proc/kmsg started."),
      (0, "", "Kernel command line: ro root=LABEL=/ rhgb quiet"),
      (0, "", "Initializing CPU#0"), (0, "", "Console: colour VGA+ 80x25"),
      (0, "", "Memory: {int}k/{int}k available"),
      (0, "", "random: crng init done"),
      (0, "", "usb 1-1: new high-speed USB device number {small} using xhci_hcd"),
    ]
  )
}
