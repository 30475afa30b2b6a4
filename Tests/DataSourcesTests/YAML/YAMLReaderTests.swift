import DataSources
import Testing

/// Reads a text as `f.yaml`, or gives the error as it is told.
func readYAML(_ text: String) -> Result<YAMLNode, YAMLError> {
  Result { () throws(YAMLError) in try YAMLReader.read(text, file: "f.yaml") }
}

/// The error of reading a text, as it is told; empty when there is none.
func yamlError(_ text: String) -> String {
  if case .failure(let error) = readYAML(text) { return error.description }
  return ""
}

/// A node as compact text: lists and mappings in flow style, scalars by what they mean.
func outline(_ node: YAMLNode) -> String {
  switch node.content {
  case .sequence(let elements): "[" + elements.map(outline).joined(separator: ",") + "]"
  case .mapping(let entries):
    "{" + entries.map { "\($0.key):\(outline($0.value))" }.joined(separator: ",") + "}"
  case .scalar(let scalar):
    switch scalar.resolved(tag: node.tag) {
    case .null: "null"
    case .bool(let flag): "bool \(flag)"
    case .integer(let number): "\(number)"
    case .float(let number): "float \(number)"
    case .string(let text): "'\(text)'"
    }
  }
}

@Suite struct YAMLReaderTests {
  @Test(arguments: [
    ("", "null"),
    ("a: 1", "{a:1}"),
    ("{\"a\": [1, 2.5, \"x\", null, true]}", "{a:[1,float 2.5,'x',null,bool true]}"),
    ("{\"a\":\"\\u003c\\/\"}", "{a:'</'}"),
    ("a: yes\nb: no\nc: on\nd: off\ne: y", "{a:'yes',b:'no',c:'on',d:'off',e:'y'}"),
    ("a: True\nb: FALSE\nc: ~\nd:\ne: \"true\"", "{a:bool true,b:bool false,c:null,d:null,e:'true'}"),
    (
      "a: 0123\nb: 0x1F\nc: 0o17\nd: 1e3\ne: .5\nf: 1.2.3\ng: 1_000",
      "{a:123,b:31,c:15,d:float 1000.0,e:float 0.5,f:'1.2.3',g:'1_000'}"
    ),
    ("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}", "{a:{p:1,q:2},b:{q:3,p:1}}"),
    ("a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}", "{a:{p:1},b:{p:2,q:2},c:{p:1,q:2}}"),
    ("a: &x [1]\nb: *x", "{a:[1],b:[1]}"),
    ("a: |\n  one\n  two\nb: >\n  one\n  two\n", "{a:'one\ntwo\n',b:'one two\n'}"),
    ("a: !!str 1", "{a:'1'}"),
    ("\u{FEFF}a: 1", "{a:1}"),
    ("a: 99999999999999999999", "{a:float 1e+20}"),
  ])
  func goodTextsRead(text: String, expected: String) throws {
    #expect(outline(try readYAML(text).get()) == expected)
  }

  @Test(arguments: [
    ("a: 1\nb: 2\na: 3", "f.yaml:3:1: the key `a` is there twice: first at 1:1"),
    ("x:\n  k: 1\n  'k': 2", "f.yaml:3:3: the key `k` is there twice: first at 2:3"),
    ("a: 'open", "f.yaml:1:4: the quote is never closed"),
    ("a: 1\nb: \"open\nc: 2", "f.yaml:2:4: the quote is never closed"),
    ("a:\n\tb: 1", "f.yaml:2:1: a tab can't indent: use spaces"),
    (
      "a: b: c",
      "f.yaml:1:5: a `:` is not expected here: is the line indented right, or must the value be quoted?"
    ),
    ("a: [1, 2", "f.yaml:1:4: the `[` is never closed"),
    ("a: {b: 1", "f.yaml:1:4: the `{` is never closed"),
    ("a: [1 2}", "f.yaml:1:8: expected `,` or `]`"),
    ("a: @x", "f.yaml:1:4: a value can't begin with this character: put it in quotes"),
    ("a: 1\n---\nb: 2", "f.yaml:2:1: a second document begins here: only one is read"),
    ("a: *none", "f.yaml:1:4: the alias `*none` has no anchor before it"),
    ("a: &x [*x]", "f.yaml:1:8: the alias `*x` stands inside its own value"),
    ("? [a]\n: 1", "f.yaml:1:3: a key must be a plain or quoted text"),
    ("<<: 1", "f.yaml:1:5: `<<` takes a mapping or a list of mappings"),
    ("a: 1\nb\nc: 2", "f.yaml:3:1: expected `:` after the key"),
    ("a: 1\nü: \u{1}", "f.yaml:2:4: a control character is not allowed here"),
    ("a:\n  b: 1\n c: 2", "f.yaml:3:2: expected a key: is the line indented right?"),
  ])
  func badTextsAreToldWithTheirPlace(text: String, expected: String) {
    #expect(yamlError(text) == expected)
  }

  @Test func invalidUTF8IsToldWithItsPlace() {
    #expect(throws: YAMLError("these bytes are not UTF-8", at: Location(file: "f", line: 2, column: 5))) {
      try YAMLReader.read(Array("a: 1\nb: ü".utf8) + [0xC3, 0x28], file: "f")
    }
  }

  @Test func placesCountCharactersFromOne() throws {
    let node = try readYAML("ü: 1\nb:\n  - 'é x'\n  - [q, w]\n").get()
    let list = try #require(node["b"]?.elements)
    #expect(node.entries?.first?.value.location == Location(file: "f.yaml", line: 1, column: 4))
    #expect(list[0].location.description == "f.yaml:3:5")
    #expect(list[0].scalar?.textOffset == 1)
    #expect(list[1].elements?[1].location.description == "f.yaml:4:9")
  }

  @Test func textsWithEscapesHaveNoOffset() throws {
    let node = try readYAML("a: \"x\\ty\"\nb: 'it''s'\nc: x\n  y\nd: x y").get()
    #expect(["a", "b", "c", "d"].map { node[$0]?.scalar?.textOffset } == [nil, nil, nil, 0])
  }
}
