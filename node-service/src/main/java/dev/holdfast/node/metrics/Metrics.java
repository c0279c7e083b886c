// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.metrics;

import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.http.RequestMetrics;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * All figures of one node. Names are dotted, e.g. {@code raft.batch.transactions}; Prometheus sees
 * them with the prefix {@code holdfast_} and underscores. Thread-safe.
 */
public final class Metrics
    implements CoordinatorFactory.Meter, RequestMetrics, Gauges, AutoCloseable {
  private static final String PREFIX = "holdfast.";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final Map<String, Counter> counters = new ConcurrentHashMap<>();
  private final Map<String, DistributionSummary> summaries = new ConcurrentHashMap<>();
  private final Map<Answer, Timer> requests = new ConcurrentHashMap<>();

  /**
   * Routes are a fixed set, and methods outside of these are counted as one, so tags are bounded.
   */
  private record Answer(String method, String route, String status) {}

  public Metrics() {
    new ClassLoaderMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    gc.bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /** For features with meters of their own. */
  public MeterRegistry registry() {
    return registry;
  }

  @Override
  public void count(String name, long amount) {
    counters
        .computeIfAbsent(name, n -> Counter.builder(PREFIX + n).register(registry))
        .increment((double) amount);
  }

  @Override
  public void record(String name, double value) {
    summaries
        .computeIfAbsent(
            name,
            n ->
                DistributionSummary.builder(PREFIX + n)
                    .publishPercentiles(0.5, 0.99)
                    .register(registry))
        .record(value);
  }

  @Override
  public <T> void gauge(String name, T source, ToDoubleFunction<T> value) {
    Gauge.builder(PREFIX + name, source, value).strongReference(true).register(registry);
  }

  @Override
  public void answered(String method, String template, int status, long nanos) {
    String known =
        switch (method) {
          case "GET", "HEAD", "PUT", "POST", "DELETE" -> method;
          default -> "OTHER";
        };
    requests
        .computeIfAbsent(
            new Answer(known, template, (status / 100) + "xx"),
            answer ->
                Timer.builder(PREFIX + "http.requests")
                    .tags(
                        Tags.of(
                            "method", answer.method(),
                            "route", answer.route(),
                            "status", answer.status()))
                    .register(registry))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** All figures in Prometheus' text format. */
  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
