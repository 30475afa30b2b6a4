import Facts
import Operations
import Panels
import Testing

/// The whole screen in every state and size; read the pictures in the diff.
@Suite struct ScreenPictures {
  static let sizes = [(160, 48), (120, 40), (80, 24), (40, 12), (20, 5), (1, 1)]
  static let worlds = ["calm", "busy", "down", "starting", "stale", "empty", "hostile"]

  static func model(_ world: String, _ width: Int, _ height: Int, isASCII: Bool = false) -> ScreenModel {
    switch world {
    case "calm": Fixture.model(Fixture.calm(), width: width, height: height, isASCII: isASCII)
    case "busy": Fixture.model(Fixture.busy(), width: width, height: height, isASCII: isASCII)
    case "down": Fixture.model(Fixture.down(), width: width, height: height, isASCII: isASCII)
    case "starting": Fixture.model(Fixture.monitor(), width: width, height: height, isASCII: isASCII)
    case "stale": Fixture.staleModel(width: width, height: height)
    case "empty": Fixture.emptyModel(width: width, height: height)
    default: Fixture.hostileModel(width: width, height: height, isASCII: isASCII)
    }
  }

  @Test(arguments: worlds) func overviewLooksLikeItsPicture(world: String) {
    for (width, height) in Self.sizes {
      expectScreen(
        ScreenRenderer.render(Self.model(world, width, height)),
        named: "overview-\(world)-\(width)x\(height)"
      )
    }
  }

  @Test(arguments: PanelCatalog.standard.tiles) func panelLooksLikeItsPicture(view: ViewID) {
    for world in Self.worlds {
      var model = Self.model(world, 80, 24)
      model.view = view
      expectScreen(ScreenRenderer.render(model), named: "\(view.rawValue)-\(world)-80x24")
    }
    for world in ["busy", "down", "calm"] {
      var model = Self.model(world, 160, 48)
      model.view = view
      expectScreen(ScreenRenderer.render(model), named: "\(view.rawValue)-\(world)-160x48")
    }
    for (width, height) in [(120, 40), (40, 12), (20, 5)] {
      var model = Self.model("busy", width, height)
      model.view = view
      expectScreen(ScreenRenderer.render(model), named: "\(view.rawValue)-busy-\(width)x\(height)")
    }
  }

  @Test(arguments: ["busy", "down", "hostile"]) func asciiScreenIsASCII(world: String) {
    for (width, height) in Self.sizes {
      let buffer = ScreenRenderer.render(Self.model(world, width, height, isASCII: true))
      for y in 0..<height {
        for x in 0..<width {
          #expect(buffer.text(at: Point(x: x, y: y)).utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        }
      }
    }
    expectScreen(
      ScreenRenderer.render(Self.model(world, 80, 24, isASCII: true)),
      named: "overview-\(world)-ascii-80x24"
    )
  }

  @Test func noSizeIsRefused() {
    for world in ["busy", "hostile"] {
      var model = Self.model(world, 1, 1)
      for width in [1, 2, 5, 11, 12, 24, 36, 60, 78, 96, 116, 250] {
        for height in [1, 2, 3, 4, 5, 7, 12, 20] {
          (model.width, model.height) = (width, height)
          for view in PanelCatalog.standard.views.map(\.id) {
            model.view = view
            let buffer = ScreenRenderer.render(model)
            #expect(buffer.width == width && buffer.height == height)
          }
        }
      }
    }
  }

  private static let oneOfEight = Health.Part("1 of 8 services", brief: "1/8 services")

  private func header(_ phrases: [Health.Phrase], width: Int, act: SafeText = "") -> String {
    var model = Self.model("calm", width, 24)
    model.header.health = phrases
    model.header.act = act
    (model.header.sourcesWell, model.header.sources) = (5, 6)
    return lines(of: ScreenRenderer.render(model))[0]
  }

  @Test func headerNamesAllThatCountsWorstFirst() {
    let phrases = [
      Health.Phrase(.crit, [Self.oneOfEight]), Health.Phrase(.error, ["3 measures"]),
      Health.Phrase(.warn, ["46 runs", "34 % pass"]), Health.Phrase(.ok, ["5 services"]),
    ]
    let wide = header(phrases, width: 160)
    #expect(wide.contains("✗ 1 of 8 services") && wide.contains("▲ 46 runs, 34 % pass"))
    #expect(wide.contains("● 5 services") && wide.contains("switchboard"))
    for width in 78...160 {
      let line = header(phrases, width: width)
      #expect(line.contains("✗ 1 of 8 services") || line.contains("✗ 1/8 services"), "\(width): \(line)")
      #expect(line.contains("ERROR 3 measures"), "\(width): \(line)")
      #expect(line.contains("▲ 46 runs"), "\(width): \(line)")
      #expect(line.contains("write"), "\(width): \(line)")
    }
    let two = [phrases[0], phrases[2]]
    for width in 40...77 {
      let line = header(two, width: width)
      #expect(line.contains("✗ 1 of 8 services") || line.contains("✗ 1/8 services"), "\(width): \(line)")
      #expect(line.contains("▲ 46 runs") && line.contains("write"), "\(width): \(line)")
    }
    #expect(header(phrases, width: 24).contains("✗ 1/8"))
  }

  @Test func headerTellsTheActBehindTheScreen() {
    let phrases = [
      Health.Phrase(.crit, [Self.oneOfEight]), Health.Phrase(.warn, ["46 runs", "34 % pass"]),
    ]
    for width in [80, 120, 160] {
      let line = header(phrases, width: width, act: "restarting postgres 0:12")
      #expect(line.contains("restarting postgres 0:12"), "\(width): \(line)")
      #expect(line.contains("8 services") && line.contains("▲ 46 runs"), "\(width): \(line)")
    }
  }

  @Test func hostileTextSteersNothing() {
    for view in PanelCatalog.standard.views.map(\.id) {
      var model = Self.model("hostile", 160, 48)
      model.view = view
      let buffer = ScreenRenderer.render(model)
      for y in 0..<48 {
        var columns = 0
        for x in 0..<160 {
          let text = buffer.text(at: Point(x: x, y: y))
          columns += Int(buffer.cell(at: Point(x: x, y: y))?.width ?? 0)
          for scalar in text.unicodeScalars {
            #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
            #expect(!(0x202A...0x202E).contains(scalar.value))
          }
        }
        #expect(columns == 160, "row \(y) of \(view)")
      }
    }
  }
}

/// What a screen says, as text.
func lines(of buffer: CellBuffer) -> [String] {
  (0..<buffer.height).map { y in
    (0..<buffer.width).map { buffer.text(at: Point(x: $0, y: y)) }.joined()
  }
}
