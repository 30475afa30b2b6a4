import TestSupport

/// Logs that were written when the grouping was done and stay as they were: what it does with what it wasn't made for.
///
/// They found one mistake, in OpenStack: neighbouring hashes were a list or none by the letters they happened to begin with.
extension LabelledLogs {
  /// All of them.
  static let unseen = [openStack, zooKeeper, blueGene, health, rabbitMQ, kubernetes]

  static let openStack = LabelledLog(
    name: "OpenStack",
    header: { random, line, level in
      "2017-05-16 \(clock(line)).\(millis(&random)) \(Int.random(in: 2000...30000, using: &random)) \(level) nova.compute.manager "
    },
    values: with([
      "instance": .text(["[instance: {uuid}]"]), "req": .text(["[req-{uuid} {hex} {hex} - - -]"]),
      "event": .words(["Started", "Stopped", "Paused", "Resumed"]),
      "verb": .words(["GET", "POST", "DELETE"]), "tenant": .hex(32),
    ]),
    statements: [
      (
        200, "INFO",
        "{req} {ip} \"{verb} /v2/{tenant}/servers/detail HTTP/1.1\" status: {percent} len: {int} time: {seconds}"
      ),
      (60, "INFO", "{req} {instance} VM {event} (Lifecycle Event)"),
      (40, "INFO", "{req} {instance} Creating image"),
      (40, "INFO", "{req} {instance} Instance destroyed successfully."),
      (40, "INFO", "{req} {instance} Instance spawned successfully."),
      (40, "INFO", "{req} {instance} Took {seconds} seconds to build instance."),
      (40, "INFO", "{req} {instance} Took {seconds} seconds to spawn the instance on the hypervisor."),
      (40, "INFO", "{req} {instance} Took {seconds} seconds to destroy the instance on the hypervisor."),
      (40, "INFO", "{req} {instance} Total memory: {int} MB, used: {int}.00 MB"),
      (40, "INFO", "{req} {instance} memory limit: {int}.00 MB, free: {int}.00 MB"),
      (30, "INFO", "image {uuid} at (/var/lib/nova/instances/_base/{hex}): checking"),
      (
        30, "INFO",
        "image {uuid} at (/var/lib/nova/instances/_base/{hex}): in use: on this node {small} local, 0 on other nodes sharing this instance storage"
      ),
      (20, "WARNING", "Unknown base file: /var/lib/nova/instances/_base/{hex}"),
      (20, "INFO", "Active base files: /var/lib/nova/instances/_base/{hex}"),
      (20, "INFO", "Removable base files: /var/lib/nova/instances/_base/{hex}"),
      (10, "INFO", "Compute_service record updated for {host}:{host}"),
      (0, "ERROR", "{req} {instance} Instance failed to spawn"),
    ]
  )

  static let zooKeeper = LabelledLog(
    name: "ZooKeeper",
    header: { random, line, level in
      "2015-07-29 \(clock(line)),\(millis(&random)) - \(level)  [QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181:FastLeaderElection@\(line % 900)] - "
    },
    values: with([
      "zxid": .text(["0x{hex}"]), "state": .words(["LOOKING", "LEADING", "FOLLOWING", "OBSERVING"]),
      "reason": .words(["likely client has closed socket", "connection reset", "timed out"]),
      "mode": .words(["server", "worker", "election"]),
    ]),
    statements: [
      (200, "INFO", "Accepted socket connection from /{ip}:{port}"),
      (150, "INFO", "Closed socket connection for client /{ip}:{port} which had sessionid {zxid}"),
      (60, "INFO", "Closed socket connection for client /{ip}:{port} (no session established for client)"),
      (150, "WARN", "Send worker leaving thread"),
      (120, "WARN", "Interrupted while waiting for message on queue"),
      (120, "WARN", "Connection broken for id {int}, my id = {small}, error ="),
      (80, "WARN", "Interrupting SendWorker"), (80, "INFO", "Received connection request /{ip}:{port}"),
      (80, "INFO", "Client attempting to establish new session at /{ip}:{port}"),
      (60, "INFO", "Client attempting to renew session {zxid} at /{ip}:{port}"),
      (60, "INFO", "Established session {zxid} with negotiated timeout {int} for client /{ip}:{port}"),
      (60, "INFO", "Expiring session {zxid}, timeout of {int}ms exceeded"),
      (40, "INFO", "Processed session termination for sessionid: {zxid}"),
      (40, "INFO", "Notification time out: {int}"),
      (
        40, "WARN",
        "caught end of stream exception: Unable to read additional data from {mode} sessionid {zxid}, {reason}"
      ),
      (20, "WARN", "Cannot open channel to {small} at election address /{ip}:{port}"),
      (20, "INFO", "{state}"),
      (0, "INFO", "Snapshotting: {zxid} to /var/lib/zookeeper/version-2/snapshot.{hex}"),
      (0, "INFO", "Reading snapshot /var/lib/zookeeper/version-2/snapshot.{hex}"),
      (0, "ERROR", "Unexpected exception causing shutdown while sock still open"),
    ]
  )

  static let blueGene = LabelledLog(
    name: "BlueGene",
    header: { _, _, _ in "" },
    values: with([
      "unit": .words(["instruction", "data"]), "bit": .words(["sync", "parity", "ecc"]),
      "dir": .words(["x+", "x-", "y+", "y-", "z+", "z-"]), "flag": .number(0...1), "reg": .text(["0x{hex}"]),
      "path": .words([
        "/g/g24/buber/Yunsic/BlueGene/partad.out", "/home/spelce1/inferno", "/p/gb2/glosli/pam.out",
      ]),
    ]),
    statements: [
      (200, "", "generating core.{int}"), (100, "", "{unit} cache parity error corrected"),
      (80, "", "{int} double-hummer alignment exceptions"), (60, "", "data TLB error interrupt"),
      (60, "", "data storage interrupt"), (60, "", "instruction address: {reg}"),
      (60, "", "data address: {reg}"),
      (50, "", "ciod: failed to read message prefix on control stream (CioStream socket to {ip}:{port}"),
      (50, "", "ciod: Error loading {path}: invalid or missing program image, No such file or directory"),
      (40, "", "ciod: LOGIN chdir({path}) failed: No such file or directory"),
      (40, "", "CE sym {int}, at {reg}, mask {reg}"),
      (40, "", "total of {int} ddr error(s) detected and corrected"),
      (40, "", "{int} ddr errors(s) detected and corrected on rank {small}, symbol {int}, bit {small}"),
      (40, "", "torus receiver {dir} input pipe error(s) (dcr {reg}) detected and corrected"),
      (30, "", "{int} torus sender {dir} retransmission error(s) (dcr {reg}) detected and corrected"),
      (30, "", "floating point instr. enabled.....{flag}"),
      (30, "", "machine check enable.............{flag}"),
      (30, "", "store operation.............{flag}"), (20, "", "rts: kernel terminated for reason {int}"),
      (20, "", "rts panic! - stopping execution"), (20, "", "L3 ecc status register: {reg}"),
      (20, "", "lr:{reg} cr:{reg} xer:{reg} ctr:{reg}"),
      (0, "", "Lustre mount FAILED : {host} : block_id : location"),
      (0, "", "MidplaneSwitchController performing bit sparing on R{int} bit {small}"),
      (
        0, "",
        "idoproxydb hit ASSERT condition: ASSERT expression={flag} Source file={path} Source line={int}"
      ),
    ]
  )

  static let health = LabelledLog(
    name: "Health",
    header: { _, _, _ in "" },
    values: with([
      "action": .words([
        "android.intent.action.TIME_TICK", "android.intent.action.SCREEN_ON",
        "android.intent.action.SCREEN_OFF",
      ]),
      "t": .number(1_514_038_530_000...1_514_038_539_999),
    ]),
    statements: [
      (300, "", "onStandStepChanged {int}"), (250, "", "onExtend:{t} {small} 0 {small}"),
      (200, "", "getTodayTotalDetailSteps = {t}##{int}##{int}##{int}##{int}##{t}"),
      (150, "", "setTodayTotalDetailSteps={t}##{int}##{int}##{int}##{int}##{t}"),
      (150, "", "calculateCaloriesWithCache totalCalories={int}"),
      (150, "", "calculateAltitudeWithCache totalAltitude={small}"),
      (120, "", "REPORT : {int} {int} {int} {int}"), (80, "", "onReceive action: {action}"),
      (40, "", "processHandleBroadcastAction action:{action}"), (30, "", "flush sensor data"),
      (30, "", "flush2DB result success"),
      (20, "", "upLoadHealthData time = {t}"), (10, "", "needAutoSync autoSyncSwitchOpen"),
      (10, "", "needAutoSync autoSyncSwitchClosed"), (0, "", "initUserPrivacy the userPrivacy is true"),
      (0, "", "checkInsertStatus stepStatSum or calorieStatSum is enough"),
      (0, "", "tryToReloadTodayBasicSteps"),
    ]
  )

  static let rabbitMQ = LabelledLog(
    name: "RabbitMQ",
    header: { random, line, level in
      "2026-11-23 \(clock(line)).\(millis(&random))000+00:00 [\(level)] <0.\(Int.random(in: 200...9000, using: &random)).0> "
    },
    values: with([
      "vhost": .words(["voiceai", "/", "staging", "billing"]),
      "queue": .words(["celery", "default", "email", "reports", "billing"]),
      "pids": .text(["<0.{int}.0>"]), "node": .text(["rabbit@{host}"]),
      "nodes": .list("node", 1...3, separator: ", "),
      "watermark": .words(["memory", "disk"]),
      "method": .words(["queue.declare", "basic.get", "exchange.bind", "queue.purge"]),
    ]),
    statements: [
      (300, "info", "accepting AMQP connection {pids} ({ip}:{port} -> {ip}:5672)"),
      (
        250, "info",
        "connection {pids} ({ip}:{port} -> {ip}:5672): user '{user}' authenticated and granted access to vhost '{vhost}'"
      ),
      (
        200, "info",
        "closing AMQP connection {pids} ({ip}:{port} -> {ip}:5672, vhost: '{vhost}', user: '{user}')"
      ),
      (
        80, "warning",
        "closing AMQP connection {pids} ({ip}:{port} -> {ip}:5672, vhost: '{vhost}', user: '{user}'): client unexpectedly closed TCP connection"
      ),
      (
        60, "error",
        "closing AMQP connection {pids} ({ip}:{port} -> {ip}:5672): missed heartbeats from client, timeout: {percent}s"
      ),
      (
        60, "error",
        "Error on AMQP connection {pids} ({ip}:{port} -> {ip}:5672, state: starting): PLAIN login refused: user '{user}' - invalid credentials"
      ),
      (
        40, "error",
        "Channel error on connection {pids} ({ip}:{port} -> {ip}:5672, vhost: '{vhost}', user: '{user}'), channel {small}: operation {method} caused a channel exception not_found: no queue '{queue}' in vhost '{vhost}'"
      ),
      (40, "info", "Management plugin: to stop collecting statistics of {queue}"),
      (30, "info", "node {node} up"), (30, "info", "node {node} down: connection_closed"),
      (20, "warning", "{watermark} resource limit alarm set on node {node}."),
      (20, "warning", "{watermark} resource limit alarm cleared on node {node}"),
      (20, "info", "Adding vhost '{vhost}' (description: '{vhost}')"),
      (20, "info", "Deleting vhost '{vhost}'"),
      (10, "info", "Running nodes: {nodes}"),
      (0, "info", "Server startup complete; {small} plugins started."),
      (
        0, "error",
        "Mnesia({node}): ** ERROR ** mnesia_event got inconsistent_database, running_partitioned_network"
      ),
    ]
  )

  static let kubernetes = LabelledLog(
    name: "Kubernetes",
    header: { _, _, _ in "" },
    values: with([
      "pod": .text(["{app}-{hex}-{small}x{small}k"]),
      "app": .words(["backend", "frontend", "worker", "postgres", "redis"]),
      "ns": .words(["default", "voiceai", "kube-system", "monitoring"]),
      "image": .text(["registry.local/{app}:v{small}.{small}", "{app}:latest"]),
      "container": .words(["backend", "sidecar", "migrate", "worker", "proxy"]),
      "volume": .words(["config", "data", "certs", "tmp"]),
      "resource": .words(["cpu", "memory", "pods"]),
    ]),
    statements: [
      (150, "", "Successfully assigned {ns}/{pod} to {host}"), (150, "", "Pulling image \"{image}\""),
      (120, "", "Successfully pulled image \"{image}\" in {seconds}s"),
      (80, "", "Container image \"{image}\" already present on machine"),
      (150, "", "Created container {container}"), (150, "", "Started container {container}"),
      (60, "", "Stopping container {container}"),
      (60, "", "Back-off restarting failed container"), (40, "", "Back-off pulling image \"{image}\""),
      (60, "", "Readiness probe failed: HTTP probe failed with statuscode: {percent}"),
      (40, "", "Liveness probe failed: Get \"http://{ip}:8000/health\": context deadline exceeded"),
      (40, "", "Scaled up replica set {app}-{hex} to {small}"),
      (40, "", "Scaled down replica set {app}-{hex} to {small}"),
      (40, "", "Created pod: {pod}"), (40, "", "Deleted pod: {pod}"),
      (30, "", "0/{small} nodes are available: {small} Insufficient {resource}."),
      (20, "", "MountVolume.SetUp failed for volume \"{volume}\" : secret \"{app}\" not found"),
      (20, "", "Node {host} status is now: NodeNotReady"), (20, "", "Node {host} status is now: NodeReady"),
      (10, "", "Error: secret \"{volume}\" not found"), (10, "", "Error: ImagePullBackOff"),
      (0, "", "The node was low on resource: {resource}."), (0, "", "Job completed"),
      (0, "", "Saw completed job: {pod}, status: Complete"),
    ]
  )
}
