package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.ClientConfig;
import dev.holdfast.client.Hold;
import dev.holdfast.client.HoldState;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.HoldfastException;
import dev.holdfast.client.ObjectReader;
import dev.holdfast.client.OutcomeUnknownException;
import dev.holdfast.client.UnavailableException;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster on an ensemble of its own, as {@code up --coordinator zookeeper} starts it. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ZooKeeperIT {
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final Path LAUNCHER = Path.of("target", "holdfast", "bin", "holdfast");

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path temp;

  private final int port = 10_000 + 100 * ThreadLocalRandom.current().nextInt(90);

  @BeforeEach
  void up() throws Exception {
    run("up", "--coordinator", "zookeeper", "--port", "" + port, "--detach", "--timeout", "5m");
  }

  /** Also after a failure: nothing that was started stays. */
  @AfterEach
  void down() throws Exception {
    if (Files.exists(temp.resolve("cluster").resolve("run.json"))) {
      signal("-CONT", "zk2");
      run("down");
    }
  }

  private void run(String command, String... more) throws Exception {
    List<String> line = new ArrayList<>();
    line.add(LAUNCHER.toAbsolutePath().toString());
    line.add(command);
    line.add("--data");
    line.add(temp.resolve("cluster").toString());
    line.addAll(List.of(more));
    Path output = temp.resolve(command + ".out");
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("HOLDFAST_NO_BUILD", "1");
    int exitCode = builder.start().waitFor();
    assertThat(exitCode).as(() -> text(output)).isZero();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** By the pid that {@code up} wrote down; one that has ended is left alone. */
  private void signal(String signal, String id) throws Exception {
    Path record = temp.resolve("cluster").resolve("run.json");
    Matcher matcher =
        Pattern.compile("\"" + id + "\",\\s*\"process\"\\s*:\\s*\\{\\s*\"pid\"\\s*:\\s*(\\d+)")
            .matcher(text(record));
    assertThat(matcher.find()).as(() -> id + " in " + text(record)).isTrue();
    if (ProcessHandle.of(Long.parseLong(matcher.group(1))).isPresent()) {
      int exitCode = new ProcessBuilder("kill", signal, matcher.group(1)).start().waitFor();
      assertThat(exitCode).isZero();
    }
  }

  private String api(int node) {
    return "http://127.0.0.1:" + (port + 10 * node);
  }

  @Test
  void livesThroughTheLossOfANodeOfAServerAndOfTheMajority() throws Exception {
    byte[] bytes = "kept".getBytes(StandardCharsets.UTF_8);
    try (Holdfast client = Holdfast.connect(ClientConfig.of(api(0)))) {
      client.objects().put("kept/a", bytes);
      Hold hold = client.locks().lock("build").acquire(DEADLINE);

      // A node dies.
      signal("-KILL", "n3");
      store(client, "kept/b", bytes);
      assertThat(read(client)).isEqualTo(bytes);
      try (Holdfast other = Holdfast.connect(ClientConfig.of(api(1)))) {
        assertThat(other.locks().lock("build").tryAcquire()).isEmpty();
      }
      assertThat(hold.state()).isEqualTo(HoldState.HELD);

      // A server dies: nobody notices.
      signal("-KILL", "zk3");
      Await.until(DEADLINE, "another lock", () -> acquires(client, "other"));
      assertThat(hold.state()).isNotEqualTo(HoldState.LOST);
      hold.release();

      // The majority is gone: the client learns it in time.
      Hold endangered = client.locks().lock("endangered").acquire(DEADLINE);
      signal("-STOP", "zk2");
      Await.until(DEADLINE, "the hold is lost", () -> endangered.state() == HoldState.LOST);

      // It is back: so are the nodes.
      signal("-CONT", "zk2");
      Await.until(DEADLINE, "a lock again", () -> acquires(client, "endangered"));
      store(client, "kept/c", bytes);
    }
  }

  /** Nobody else writes this key, so a write of which nothing is known may be repeated. */
  private static void store(Holdfast client, String key, byte[] bytes) {
    Await.until(
        DEADLINE,
        key + " is stored",
        () -> {
          try {
            return client.objects().put(key, bytes).copies().written() > 0;
          } catch (OutcomeUnknownException | UnavailableException e) {
            return false;
          }
        });
  }

  private static byte[] read(Holdfast client) throws IOException {
    try (ObjectReader reader = client.objects().get("kept/a")) {
      return reader.readAll();
    }
  }

  /** As soon as the cluster can grant at all. */
  private static boolean acquires(Holdfast client, String lock) {
    try (Hold hold = client.locks().lock(lock).acquire(Duration.ofSeconds(5))) {
      return hold.token() > 0;
    } catch (HoldfastException _) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
