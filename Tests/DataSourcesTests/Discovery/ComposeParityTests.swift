import DataSources
import Facts
import Foundation
import Testing

/// Compose projects of our own, read by the real compose and by us.
@Suite struct ComposeParityTests {
  /// Files by their paths, the variables of the process, and where the reading begins.
  struct Project: CustomTestStringConvertible, Sendable {
    var name: String
    var files: [String: String]
    var process: [String: String] = [:]
    var start = ""
    /// Whether it holds what we tell not to follow; only then may the readings differ.
    var isNotFollowed = false
    var testDescription: String { name }
  }

  static let projects: [Project] = [
    Project(name: "the stack", files: ["docker-compose.yml": stackCompose]),
    Project(
      name: "the stack with its profile in .env",
      files: ["docker-compose.yml": stackCompose, ".env": "COMPOSE_PROFILES=dev\nPOSTGRES_PASSWORD='a$b'"]
    ),
    Project(
      name: "profiles of the empty name",
      files: [
        "compose.yaml":
          "services: {a: {image: a, profiles: ['', x]}, b: {image: b, profiles: [x]}, c: {image: c}}"
      ]
    ),
    Project(
      name: "profiles of the process",
      files: [
        "compose.yaml":
          "services: {a: {image: a, profiles: ['', x]}, b: {image: b, profiles: [y]}, c: {image: c}}",
        ".env": "COMPOSE_PROFILES=z",
      ],
      process: ["COMPOSE_PROFILES": " x , y"]
    ),
    Project(
      name: "all profiles",
      files: ["compose.yaml": "services: {a: {image: a, profiles: [x]}, b: {image: b}}"],
      process: ["COMPOSE_PROFILES": "*"]
    ),
    Project(
      name: "an optional dependency that is off",
      files: [
        "compose.yaml":
          "services: {a: {image: a, depends_on: {b: {condition: service_started, required: false}}}, b: {image: b, profiles: [x]}}"
      ]
    ),
    Project(
      name: "COMPOSE_FILE in .env",
      files: [
        ".env": "COMPOSE_FILE=one.yaml:sub/two.yaml\nCOMPOSE_PROJECT_NAME=named\nTAG=7",
        "compose.yaml": "services: {no: {image: no}}",
        "one.yaml": "services: {a: {image: 'a:${TAG}', env_file: a.env}}",
        "sub/two.yaml": "services: {a: {ports: ['1:1'], env_file: [sub/b.env]}}", "a.env": "A=1\nB=1",
        "sub/b.env": "B=2",
      ]
    ),
    Project(
      name: "COMPOSE_FILE of the process with a separator",
      files: [
        "x/one.yaml": "services: {a: {image: a}}", "two.yaml": "services: {b: {image: '${T-none}'}}",
        "x/.env": "T=x",
      ],
      process: ["COMPOSE_FILE": "x/one.yaml,two.yaml", "COMPOSE_PATH_SEPARATOR": ","]
    ),
    Project(
      name: "from a directory below, with a .env in each",
      files: [
        "docker-compose.yml": "services: {a: {image: '${A}${B}', environment: [A, B]}}", ".env": "A=up\nB=up",
        "sub/.env": "A=below", "docker-compose.override.yaml": "services: {a: {ports: ['1:1']}}",
      ],
      start: "sub"
    ),
    Project(
      name: "an override of another stem",
      files: [
        "compose.yaml": "services: {a: {image: a}}",
        "docker-compose.override.yml": "services: {a: {image: b}}",
      ]
    ),
    Project(
      name: "two overrides",
      files: [
        "docker-compose.yml": "services: {a: {image: a}}",
        "compose.override.yaml": "services: {a: {image: c}}",
        "docker-compose.override.yml": "services: {a: {image: b}}",
      ]
    ),
    Project(
      name: "no .env wanted",
      files: ["compose.yaml": "services: {a: {image: '${A-none}'}}", ".env": "A=1"],
      process: ["COMPOSE_DISABLE_ENV_FILE": "true"]
    ),
    Project(
      name: "other env files",
      files: [
        "compose.yaml": "services: {a: {image: '${A-none}${B-none}'}}", ".env": "A=1", "o.env": "A=2",
        "p.env": "B=${A}x",
      ],
      process: ["COMPOSE_ENV_FILES": "o.env,p.env"]
    ),
    Project(
      name: "several documents",
      files: [
        "compose.yaml": """
        services: {a: {image: a, ports: ["1:1"], environment: {A: a, B: b}, command: one two}}
        ---
        services: {a: {environment: [B=bb, C], ports: ["2:2"], command: [three]}, b: {image: b}}
        ---
        name: third
        """
      ],
      process: ["C": "see"]
    ),
    Project(
      name: "reset and override",
      files: [
        "compose.yaml": """
        services:
          a:
            image: a
            ports: ["1:1"]
            environment: {A: a, B: b}
            depends_on: [b]
            command: x
            healthcheck: {test: [CMD, x]}
            profiles: [p]
          b: {image: b, environment: [X=1, Y=2], ports: ["5:5", "6:6"]}
          c: {image: c}
        """,
        "compose.override.yaml": """
        services:
          a:
            ports: !override ["2:2"]
            environment: {A: !reset null, C: c}
            depends_on: !reset []
            command: !reset null
            healthcheck: !reset {}
            profiles: !reset []
          b: {environment: !override {Z: z}, ports: !reset []}
          c: !reset null
        """,
      ]
    ),
    Project(
      name: "extends",
      files: [
        "compose.yaml": """
        services:
          base: {image: base, environment: {A: a, B: b}, ports: ["1:1"], depends_on: [c], command: x y, profiles: [off]}
          one: {extends: base, environment: {A: mine}, ports: ["2:2"]}
          two: {extends: {service: one}, image: two, command: !reset null, environment: {B: !reset null}}
          three: {extends: {file: sub/x.yaml, service: far}, environment: {X: x}}
          c: {image: c}
        """,
        "sub/x.yaml": """
        services:
          far: {extends: {file: deep/y.yaml, service: farther}, env_file: far.env, environment: {P: "${P-none}"}}
        """,
        "sub/deep/y.yaml":
          "services: {farther: {image: 'far:${TAG:-1}', env_file: [y.env], healthcheck: {test: [CMD, x]}}}",
        "sub/far.env": "F=far\nY=${Y}", "sub/deep/y.env": "Y=deep", "sub/.env": "P=sub",
      ]
    ),
    Project(
      name: "extends over an override",
      files: [
        "compose.yaml":
          "services: {a: {image: a, ports: ['1:1']}, b: {image: b, ports: ['2:2'], environment: [B=b]}}",
        "compose.override.yaml":
          "services: {b: {image: bb, ports: ['3:3']}, a: {extends: b, ports: !reset [], environment: {A: a}}}",
      ]
    ),
    Project(
      name: "include",
      files: [
        "compose.yaml": """
        include:
          - one/compose.yaml
          - {path: [two/b.yaml, two/c.yaml], env_file: two.env, project_directory: two}
        services:
          a: {ports: ["9:9"], environment: {OWN: "${IMG-none}"}}
          d: {image: "${IMG:-none}", depends_on: [a, b]}
        """,
        "one/compose.yaml": """
        include: [../three.yaml]
        services: {a: {image: "${IMG:-none}", env_file: x.env, secrets: [p], environment: {D: "$$x"}}}
        secrets: {p: {file: ./p.txt}}
        """,
        "one/x.env": "X=1", "one/.env": "IMG=one", "one/p.txt": "secret",
        "two/b.yaml": "services: {b: {image: '${IMG:-none}', env_file: b.env}}",
        "two/c.yaml": "services: {b: {ports: ['3:3']}}",
        "two/b.env": "B=${IMG}", "two.env": "IMG=two",
        "three.yaml": "services: {e: {image: e, environment: [IMG]}}",
      ]
    ),
    Project(
      name: "an include that is there twice",
      files: [
        "compose.yaml": "include: [a.yaml, a.yaml]", "a.yaml": "services: {a: {image: a, ports: ['1:1']}}",
      ]
    ),
    Project(
      name: "an include in a circle",
      files: ["compose.yaml": "include: [a.yaml]", "a.yaml": "include: [compose.yaml]"]
    ),
    Project(
      name: "an include that is missing",
      files: ["compose.yaml": "include: [a.yaml]\nservices: {a: {image: a}}"]
    ),
    Project(
      name: "extends in a circle",
      files: ["compose.yaml": "services: {a: {extends: b}, b: {extends: a}}"]
    ),
    Project(name: "extends of nobody", files: ["compose.yaml": "services: {a: {extends: b}}"]),
    Project(
      name: "secrets",
      files: [
        "compose.yaml": """
        services:
          db:
            image: postgres
            secrets: [pw, {source: other, target: there}, {source: third, target: /abs/path}]
            environment: {POSTGRES_PASSWORD_FILE: /run/secrets/pw}
        secrets: {pw: {file: ./pw.txt}, other: {file: ../up.txt}, third: {environment: PW}}
        """,
        "pw.txt": "hidden\n",
      ],
      process: ["PW": "p"]
    ),
    Project(
      name: "a secret that is not there",
      files: ["compose.yaml": "services: {a: {image: a, secrets: [x]}}"]
    ),
    Project(
      name: "env files in order",
      files: [
        "compose.yaml": """
        services:
          a:
            image: a
            env_file: [a.env, {path: b.env}, {path: none.env, required: false}, {path: raw.env, format: raw}]
            environment: {OWN: own, B: "${B-unset}", N: null}
        """,
        ".env": "DOT=dot\nN=from", "a.env": "A=a\nOWN=a\nFD=a",
        "b.env": "B=b\nC=${A}${OWN}${DOT}\nA=${A}2\nDOT=mine",
        "raw.env": "R=\"$A\" # kept\nA=raw\n",
      ]
    ),
    Project(
      name: "an env file that is missing",
      files: ["compose.yaml": "services: {a: {image: a, env_file: x.env}}"]
    ),
    Project(
      name: "a dependency that is off",
      files: ["compose.yaml": "services: {a: {image: a, depends_on: [b]}, b: {image: b, profiles: [x]}}"]
    ),
    Project(
      name: "a dependency that is not there",
      files: ["compose.yaml": "services: {a: {image: a, depends_on: [b]}}"]
    ),
    Project(
      name: "a variable that is required",
      files: ["compose.yaml": "services: {a: {image: 'a:${TAG:?must}'}}"]
    ),
    Project(
      name: "an interpolation that is none",
      files: ["compose.yaml": "services: {a: {image: 'a:${1}'}}"]
    ),
    Project(name: "two documents, one empty", files: ["compose.yaml": "---\n---\nservices: {a: {image: a}}"]),
    Project(
      name: "a name of its own",
      files: ["compose.yaml": "name: 'x-${N:-y}'\nservices: {a: {image: a}}"]
    ),
    Project(name: "a name that is refused", files: ["compose.yaml": "name: Big\nservices: {a: {image: a}}"]),
    Project(
      name: "a name of .env that is refused",
      files: ["compose.yaml": "services: {a: {image: a}}", ".env": "COMPOSE_PROJECT_NAME=B.C"]
    ),
    Project(
      name: "anchors and merge keys",
      files: [
        "compose.yaml": """
        x-env: &env {A: a, B: b}
        x-more: &more {B: bb, C: c}
        x-base: &base
          image: base
          environment: &own {<<: *env, D: d}
          ports: &ports ["1:1"]
        services:
          a: {<<: *base, environment: {<<: [*env, *more], E: e}}
          b: {<<: *base, ports: *ports, command: &cmd [x, "y z"]}
          c: {image: c, environment: *own, command: *cmd, ports: !override *ports}
        """
      ]
    ),
    Project(
      name: "numbers and truths",
      files: [
        "compose.yaml": """
        services:
          a:
            image: a
            environment:
              A: 0777
              B: 0o17
              C: 0x1F
              D: 0b101
              E: 1_000
              F: 1.10
              G: 1e3
              H: 1e21
              I: 1.5e-7
              J: .5
              K: 5.
              L: -0
              M: +7
              N: 08
              O: 123456789012345678901234567890
              P: 123456789.5
              Q: 1__0
              R: 1_
              S: true
              T: True
              U: yes
              V: no
              W: null
              X: ~
              Y: "0777"
              AB: 0.1
              AC: 100000000000000000000
              AD: 0.00001
              AE: 1:30
              AF: 0x
              AG: 1.2.3
              AH: "true"
              AI: 18446744073709551615
              AJ: -9223372036854775808
              AK: 12e
              AL: -1.0
              AM: 1e400
              AN: '${NUM}'
              AO: ${NUM}
        """
      ],
      process: ["NUM": "0777"]
    ),
    Project(
      name: "an infinite number",
      files: ["compose.yaml": "services: {a: {image: a, environment: {A: .inf}}}"]
    ),
    Project(
      name: "a moment of a day",
      files: ["compose.yaml": "services: {a: {image: a, environment: {A: 2001-12-14t21:59:43Z}}}"],
      isNotFollowed: true
    ),
    Project(
      name: "a day",
      files: ["compose.yaml": "services: {a: {image: a, environment: {A: 2001-12-14}}}"],
      isNotFollowed: true
    ),
    Project(
      name: "a day that is none",
      files: ["compose.yaml": "services: {a: {image: a, environment: {A: 2001-02-30}}}"]
    ),
    Project(
      name: "ports",
      files: [
        "compose.yaml": """
        services:
          a:
            image: a
            ports:
              - "80"
              - 8080:80
              - "127.0.0.1:81:81/tcp"
              - "53:53/udp"
              - "[::1]:82:82"
              - "8000-8002:9000-9002"
              - "7000-7001:70"
              - {target: 90, published: 9090}
              - {target: 91, published: "9191", host_ip: 127.0.0.1, protocol: tcp}
              - {target: 92}
              - {target: 93, published: "9300-9301"}
              - "${PORT:-6000}:60"
              - "8080:80"
        """
      ]
    ),
    Project(
      name: "health checks",
      files: [
        "compose.yaml": """
        services:
          a: {image: a, healthcheck: {test: [CMD, x]}}
          b: {image: b, healthcheck: {disable: true}}
          c: {image: c, healthcheck: {test: [NONE]}}
          d: {image: d, healthcheck: {test: x y}}
          e: {image: e, healthcheck: {interval: 3s}}
          f: {image: f}
        """,
        "compose.override.yaml":
          "services: {a: {healthcheck: {disable: true}}, d: {healthcheck: {interval: 2s}}}",
      ]
    ),
    Project(
      name: "commands",
      files: [
        "compose.yaml": """
        services:
          a: {image: a, command: "redis-server --requirepass 'p w' \\"q\\" a\\\\ b"}
          b: {image: b, command: [redis-server, --port, "6380"]}
          c: {image: c, command: ""}
          d: {image: d, command: []}
          e: {image: e, command: [sh, -c, "exec redis-server --requirepass 'x'"]}
          f: {image: f, command: "a\\tb `ls x` $$(y z) 'a\\b' c#d #e"}
          g: {image: g, command: "a 2>b c"}
          h: {image: h, command: "a b;c && d"}
          i: {image: i, command: "a'b c'd=\"e f\""}
        """
      ]
    ),
    Project(
      name: "a quote that is never closed",
      files: ["compose.yaml": "services: {a: {image: a, command: \"a 'b\"}}"]
    ),
    Project(name: "a subshell", files: ["compose.yaml": "services: {a: {image: a, command: '(a b)'}}"]),
    Project(
      name: "interpolation",
      files: [
        "compose.yaml": """
        services:
          a:
            image: '${A}'
            container_name: ${A:-x}-$B
            environment:
              - V1=${E:-d}${E-d}
              - V2=${U:-${A}x${B}}
              - V3=${A:+r}${U:+r}${E+r}${E:+r}
              - V4=$$A $$$$ $1 100$ $
              - V5=${A:?e}${A?e}
              - V6=${U:-{x}}
              - V7=${U:-b:-c}${U-?x}${U:-$${B}}
              - ${A}K=v
              - V8=${U}|$U|
              - V9=${a_B9}
              - V10=${U:-a-b+c?d}
        """
      ],
      process: ["A": "a", "B": "b", "E": "", "a_B9": "nine"]
    ),
    Project(
      name: "bitnami",
      files: [
        "compose.yaml": """
        services:
          mq: {image: "bitnami/rabbitmq:3", ports: ["15672:15672"], environment: [RABBITMQ_USERNAME=u, "RABBITMQ_PASSWORD=${PW}"]}
          db: {image: "bitnami/postgresql", ports: ["5432:5432"], environment: {POSTGRESQL_PASSWORD: "${PW}"}}
        """,
        ".env": "PW=secret",
      ]
    ),
  ]

  @Test(arguments: projects)
  func ourReadingIsComposesOwn(project: Project) throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("parity-\(UUID().uuidString)")
      .path
    defer { try? FileManager.default.removeItem(atPath: root) }
    for (name, text) in project.files {
      let path = URL(fileURLWithPath: root + "/" + name)
      try FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      try Data(text.utf8).write(to: path)
    }
    let start = project.start.isEmpty ? root : root + "/" + project.start
    let variables = project.process.merging(["HOME": "/nowhere"]) { own, _ in own }
    let real = try RealCompose.read(start, variables)
    let discovery = Discovery.find(from: start, variables: variables)
    let isNamed = discovery.notes.contains { note in
      ["compose refuses", "not read here", "not followed"].contains { note.string.contains($0) }
    }
    guard let real else {
      #expect(discovery.project == nil || isNamed, "compose refuses it")
      return
    }
    #expect(isNamed == project.isNotFollowed, "\(discovery.notes)")
    guard !isNamed else { return }
    let own = try #require(RealCompose.Reading(own: discovery), "\(discovery.notes)")
    #expect(own.name == real.name)
    #expect(own.lines == real.lines)
  }
}
