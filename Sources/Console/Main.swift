/// The program's entry point.
@main
struct Main {
  static func main() {
    print("switchboard")
  }
}
