// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.HoldfastException;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.history.Checker;
import dev.holdfast.testkit.history.History;
import dev.holdfast.testkit.history.RegisterModel;
import dev.holdfast.testkit.history.Verdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.databind.JsonNode;

/** What must be seen to go wrong, so that a run in which nothing is wrong means something. */
@Timeout(value = 400, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class NegativeControlsIT {
  private static final int NODES = 3;
  private static final int OTHERS = 3;
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final Duration START = Duration.ofMinutes(3);
  private static final String TTL_MILLIS = "4000";
  private static final String OBJECT = "control/k";

  @Test
  void losesAnIncrementOfAPausedHolderOnlyWithoutTokens() throws Exception {
    GuardedCounter fenced = new GuardedCounter(true);
    GuardedCounter unfenced = new GuardedCounter(false);
    try (LocalCluster cluster = LocalCluster.builder().nodes(NODES).startDeadline(START).start()) {
      assertThat(countAroundAPause(cluster, "fenced", fenced)).isEqualTo("refused");
      assertThat(countAroundAPause(cluster, "unfenced", unfenced)).isEqualTo("written");
    }

    assertThat(fenced.acknowledged()).isEqualTo(OTHERS);
    assertThat(fenced.lost()).isZero();
    assertThat(unfenced.lost()).as("the control must lose what others counted").isEqualTo(OTHERS);
  }

  /** Returns what the write of the program that was stopped was answered. */
  private static String countAroundAPause(LocalCluster cluster, String lock, GuardedCounter counter)
      throws Exception {
    String servers = cluster.apiUris().stream().map(URI::toString).collect(Collectors.joining(","));
    try (CounterServer server = new CounterServer(counter);
        Holdfast holdfast = Holdfast.connect(servers)) {
      Process holder = startHolder(cluster, servers, lock, server.url());
      try (BufferedReader output = holder.inputReader(StandardCharsets.UTF_8)) {
        assertThat(output.readLine()).isEqualTo("stopping");
        Await.until(SOON, "the holder stands still", () -> isStopped(holder.pid()));
        for (int i = 0; i < OTHERS; i++) {
          Await.until(SOON, "others count", () -> Await.get(() -> count(holdfast, lock, counter)));
        }
        Shell.must("kill -CONT " + holder.pid());
        String answer = output.readLine();
        assertThat(holder.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return String.valueOf(answer);
      } finally {
        holder.destroyForcibly();
      }
    }
  }

  private static boolean count(Holdfast holdfast, String lock, GuardedCounter counter)
      throws InterruptedException {
    try (Hold hold = holdfast.locks().lock(lock).acquire(SOON)) {
      long number = counter.read(hold.token()).orElseThrow();
      return counter.write(hold.token(), number + 1);
    } catch (HoldfastException e) {
      return false; // nothing was counted
    }
  }

  private static Process startHolder(
      LocalCluster cluster, String servers, String lock, String counter) throws IOException {
    Path classes =
        Path.of(CarelessHolder.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-cp",
            cluster.home().resolve("lib") + "/*:" + classes,
            CarelessHolder.class.getName(),
            servers,
            lock,
            TTL_MILLIS,
            counter)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static boolean isStopped(long pid) {
    return Await.get(() -> Files.readString(Path.of("/proc/" + pid + "/status")))
        .contains("State:\tT");
  }

  /**
   * A list tells what each node knows by itself; whoever takes it for a read is told old values.
   */
  @Test
  void catchesAClientThatReadsWhatOneNodeKnowsByItself() throws Exception {
    assumeThat(NetworkLab.obstacle()).isEmpty();
    History history = new History(System::nanoTime);
    try (NetworkLab lab = NetworkLab.create(NODES)) {
      LocalCluster.Builder builder =
          LocalCluster.builder()
              .nodes(NODES)
              .startDeadline(START)
              .option("network.insecureCidr", lab.cidr());
      for (int i = 0; i < NODES; i++) {
        builder.host("n" + (i + 1), lab.address(i), lab.runner(i));
      }
      try (LocalCluster cluster = builder.start();
          NodeClient cutOff = new NodeClient(List.of(cluster.node(0).apiUri()));
          NodeClient other = new NodeClient(List.of(cluster.node(1).apiUri()))) {
        String old = written(history, other, "old");
        Await.until(SOON, "known", () -> Await.get(() -> list(cutOff)).equals(old));
        lab.rule(
            "cut", 0, List.of("ip saddr { " + lab.address(1) + ", " + lab.address(2) + " } drop"));
        var _ = written(history, other, "new");

        History.Call honest = history.call("honest", OBJECT, "read", Map.of());
        NodeClient.Answer answer =
            cutOff.send(SOON, "GET", "/v1/objects/" + OBJECT + "?read=confirmed_only", "");
        assertThat(answer.isOk()).as(answer.summary()).isFalse();
        honest.failed(answer.summary());
        assertThat(judge(history).isOk()).isTrue();

        History.Call careless = history.call("careless", OBJECT, "read", Map.of());
        String value = list(cutOff);
        assertThat(value).isEqualTo(old);
        careless.ok(Map.of("value", value));
      }
    }
    assertThat(judge(history)).isInstanceOf(Verdict.Violated.class);
  }

  private static Verdict judge(History history) {
    return new Checker(SOON).check(new RegisterModel(), history.operations()).getFirst();
  }

  /**
   * Until one is acknowledged, which is returned. Each has another value, as the model asks for.
   */
  private static String written(History history, NodeClient node, String name) {
    AtomicInteger tries = new AtomicInteger();
    Await.until(
        SOON,
        "a write of " + name,
        () -> Await.get(() -> write(history, node, name + tries.incrementAndGet())));
    return name + tries;
  }

  private static boolean write(History history, NodeClient node, String value)
      throws InterruptedException {
    History.Call call = history.call("writer", OBJECT, "write", Map.of("value", value));
    NodeClient.Answer answer =
        node.send(
            "PUT",
            "/v1/objects/" + OBJECT + "?consistency=confirmed",
            value,
            "Holdfast-Meta-Value",
            value);
    if (answer.isOk()) {
      call.ok(Map.of());
    } else {
      call.unknown(answer.summary());
    }
    return answer.isOk();
  }

  private static String list(NodeClient node) throws InterruptedException {
    NodeClient.Answer answer = node.send(SOON, "GET", "/v1/objects?prefix=" + OBJECT, "");
    if (!answer.isOk()) {
      return "";
    }
    JsonNode objects = answer.json().path("objects");
    return objects.isEmpty() ? "" : objects.get(0).path("metadata").path("value").asString("");
  }
}
