// swift-tools-version: 6.2
import PackageDescription

/// One strict dialect for every Swift target: Swift 6 mode, all warnings are errors.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

// The module graph, left to right: Facts <- DataSources <- Operations <- Panels <- Console.
// Panels shows what Operations decides and never reaches past it to the world.
let package = Package(
  name: "switchboard",
  products: [.executable(name: "switchboard", targets: ["Console"])],
  targets: [
    .systemLibrary(name: "CUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
    .systemLibrary(name: "CPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
    // CHiredis and CCurses have no pkgConfig: their flags hold macros (-D_FILE_OFFSET_BITS, -D_DEFAULT_SOURCE) that SwiftPM prohibits.
    .systemLibrary(name: "CCurses", providers: [.apt(["libncurses-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CCmark", pkgConfig: "libcmark", providers: [.apt(["libcmark-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CGetopt"),
    .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
    .systemLibrary(name: "CVTerm", path: "Tests/CVTerm", providers: [.apt(["libvterm-dev"])]),
    .target(name: "CGuard"),
    .target(name: "Facts", swiftSettings: strict),
    .target(
      name: "DataSources",
      dependencies: [
        "Facts", "CUV", "CPQ", "CCurl", "CHiredis", "CYAML", "CCmark", "CExpat", "CPCRE2", "CCrypto",
      ],
      swiftSettings: strict
    ),
    // Sources/Operations/Shipped is a link to the runbooks that people read; they are part of the binary.
    .target(
      name: "Operations",
      dependencies: ["Facts", "DataSources", "CCrypto"],
      resources: [.embedInCode("Shipped")],
      swiftSettings: strict
    ),
    // Sources/Panels/Themes is a link to the themes that people read; they are part of the binary.
    .target(
      name: "Panels",
      dependencies: ["Facts", "Operations"],
      resources: [.embedInCode("Themes")],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "Console",
      dependencies: ["Facts", "DataSources", "Operations", "Panels", "CCurses", "CGetopt", "CGuard"],
      swiftSettings: strict
    ),
    // Seeded sweeps and captured replies, which tests of every layer use.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(name: "FactsTests", dependencies: ["Facts", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "DataSourcesTests",
      dependencies: ["Facts", "DataSources", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "OperationsTests",
      dependencies: ["Facts", "DataSources", "Operations", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "PanelsTests",
      dependencies: ["Facts", "DataSources", "Operations", "Panels", "TestSupport"],
      exclude: ["Screens"],
      swiftSettings: strict
    ),
    // Tests/ScreenProbe/Terminal is a link to the console's own terminal: the probe is all screen, no console.
    .executableTarget(
      name: "ScreenProbe",
      dependencies: ["Facts", "Panels", "CCurses", "CGuard"],
      path: "Tests/ScreenProbe",
      swiftSettings: strict
    ),
    .target(
      name: "ScreenSupport",
      dependencies: ["CVTerm"],
      path: "Tests/ScreenSupport",
      swiftSettings: strict
    ),
    .testTarget(
      name: "ScreenTests",
      dependencies: ["Facts", "Panels", "ScreenSupport", "ScreenProbe"],
      swiftSettings: strict
    ),
    // Tests/LiveTests/Servers is a link: the engine and the processes of the sources' own tests.
    .testTarget(
      name: "LiveTests",
      dependencies: ["Facts", "DataSources", "ScreenSupport", "Console", "TestSupport"],
      swiftSettings: strict
    ),
    // Tests/ConsoleTests/App/Script.swift is a link to the runtime, clock and audit that the executor's tests script.
    .testTarget(
      name: "ConsoleTests",
      dependencies: ["Facts", "DataSources", "Operations", "Panels", "Console", "TestSupport"],
      swiftSettings: strict
    ),
  ]
)
