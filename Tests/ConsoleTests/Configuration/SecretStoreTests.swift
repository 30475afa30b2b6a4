import DataSources
import Facts
import Operations
import Testing

@testable import Console

@Suite struct SecretStoreTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func recordsNameSecretsButNeitherAccountsNorThings() async throws {
    let settings = try readConfiguration(
      """
      version: 1
      environments:
        local:
          sources:
            api:
              type: http
              base: http://localhost:8000
              login: {email: {env: EMAIL}, password: {env: API_PASS}}
            rabbitmq: {type: rabbitmq, url: "http://localhost:15672", password: {env: RABBIT_PASS}}
            redis: {type: redis, url: "redis://localhost:6379/0", password: {env: REDIS_PASS}}
      """
    ).settings
    let variables = [
      "EMAIL": "ops@example.org", "API_PASS": "hunter2-and-more", "RABBIT_PASS": "rabbitmq",
      "REDIS_PASS": "local",
    ]
    let store = await SecretStore.resolve(settings.environments[0], variables: variables)
    #expect(store.problems == [])
    let mask = store.mask(sparing: ["local", "rabbitmq"])
    #expect(
      mask.mask("ops@example.org used hunter2-and-more on rabbitmq in local")
        == "ops@example.org used ‹env API_PASS› on rabbitmq in local"
    )
  }
}
