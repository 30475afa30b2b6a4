"""Prometheus with the team's three rules, and Alertmanager behind it."""

#: As the team wrote them. None can ever fire: no such series is exported.
RULES = """groups:
  - name: automated-testing-alerts
    rules:
      - alert: LowSuccessRate
        expr: sum(rate(test_executions_total{result="success"}[5m])) / sum(rate(test_executions_total[5m])) < 0.95
        for: 5m
        labels: {severity: warning}
        annotations:
          summary: Success rate dropped below 95%
          description: Success rate has been below 95% for the last 5 minutes. Investigate recent regression runs.
      - alert: HighQueueDepth
        expr: queue_depth > 1000
        for: 2m
        labels: {severity: critical}
        annotations:
          summary: Queue depth exceeded 1000 jobs
          description: The execution queue has exceeded 1000 pending jobs for 2 minutes. Scale workers or investigate bottlenecks.
      - alert: HighResponseLatency
        expr: histogram_quantile(0.95, sum by (le) (rate(api_response_time_seconds_bucket[5m]))) > 5
        for: 5m
        labels: {severity: critical}
        annotations:
          summary: API P95 latency above 5 seconds
          description: API response time P95 has been above 5 seconds for the last 5 minutes. Check backend performance.
"""

#: Receivers without a way to reach anybody, as the team's are.
ALERTMANAGER = """route:
  receiver: default
  group_by: [alertname, severity]
  group_wait: 1s
  group_interval: 5s
  repeat_interval: 4h
  routes:
    - matchers: ['severity="critical"']
      receiver: critical-alerts
    - matchers: ['severity="warning"']
      receiver: warning-alerts
receivers:
  - name: default
  - name: critical-alerts
  - name: warning-alerts
"""


def configuration(stack, empty=False):
    """prometheus.yml; with `empty`, a server that looks after nothing."""
    text = "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"
    text += f"rule_files: ['{stack.path('prometheus', 'alerts.yml')}']\n"
    if empty:
        return text
    text += ("alerting: {alertmanagers: [{static_configs: [{targets: "
             f"['127.0.0.1:{stack.port('alertmanager')}']}}]}}]}}\n")
    text += "scrape_configs:\n"
    for job, port, interval in (("backend", "backend", "1s"), ("prometheus", "prometheus", "2s"),
                                ("alertmanager", "alertmanager", "2s"),
                                ("rabbitmq", "rabbitmq_prom", "5s")):
        text += (f"  - {{job_name: {job}, scrape_interval: {interval}, "
                 f"static_configs: [{{targets: ['127.0.0.1:{stack.port(port)}']}}]}}\n")
    return text


def prepare(stack):
    stack.make("prometheus", "data")
    stack.make("alertmanager", "data")
    stack.write(RULES, "prometheus", "alerts.yml")
    stack.write(configuration(stack), "prometheus", "prometheus.yml")
    stack.write(ALERTMANAGER, "alertmanager", "alertmanager.yml")
