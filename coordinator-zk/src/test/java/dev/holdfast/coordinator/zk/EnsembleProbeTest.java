// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.CoordinatorServer;
import dev.holdfast.spi.coordinator.CoordinatorServer.State;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EnsembleProbeTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String FINE = "Zookeeper version: 3.9.5-x\nMode: follower\n";
  private static final String OLD = "Zookeeper version: 3.9.3-x\nMode: follower\n";

  private final CountDownLatch silence = new CountDownLatch(1);

  private String silent() throws IOException {
    try {
      if (!silence.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException("still silent");
      }
      return OLD;
    } catch (InterruptedException e) {
      throw new InterruptedIOException(e.getMessage());
    }
  }

  private EnsembleProbe probe(Map<String, String> answers) {
    return new EnsembleProbe(
        answers.keySet().stream().sorted().toList(),
        (server, _) -> {
          String answer = answers.getOrDefault(server, "");
          return switch (answer) {
            case "silent" -> silent();
            case "refused" -> throw new IOException("Connection refused");
            default -> answer;
          };
        });
  }

  /** Before, each silent server cost its whole timeout, before each session. */
  @Test
  void silentServersHoldUpNobodyWhileAnotherAnswers() throws Exception {
    EnsembleProbe probe = probe(Map.of("a", "silent", "b", "silent", "c", FINE));
    long begun = System.nanoTime();

    probe.require(PATIENCE);

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(PATIENCE.dividedBy(3));
  }

  @Test
  void aServerThatIsTooOldIsRefusedAlsoWhenItsAnswerComesLate() throws Exception {
    assertThatThrownBy(() -> probe(Map.of("a", FINE, "b", OLD)).require(PATIENCE))
        .isInstanceOf(CoordinatorFailedException.class)
        .hasMessageContaining("3.9.3");
    EnsembleProbe late = probe(Map.of("a", "silent", "b", FINE));
    late.require(PATIENCE);
    late.check();

    silence.countDown();

    Await.until(
        PATIENCE,
        "it is known",
        () -> {
          try {
            late.check();
            return false;
          } catch (CoordinatorFailedException e) {
            return String.valueOf(e.getMessage()).contains("a has version 3.9.3");
          }
        });
  }

  @Test
  void noAnswerAtAllIsNoMajority() {
    assertThatThrownBy(() -> probe(Map.of("a", "refused", "b", "refused")).require(PATIENCE))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("None of [a, b] answers");
    assertThatThrownBy(() -> probe(Map.of("a", "silent")).require(Duration.ofMillis(100)))
        .isInstanceOf(UnavailableException.class);
  }

  @Test
  void tellsTheStateOfEachServer() throws Exception {
    EnsembleProbe probe =
        probe(
            Map.of(
                "a", "Zookeeper version: 3.9.5\nMode: leader\n",
                "b", FINE,
                "c", "refused",
                "d", "silent",
                "e", "This ZooKeeper instance is not currently serving requests\n",
                "f", "srvr is not executed because it is not in the whitelist.\n"));

    assertThat(probe.states(Duration.ofSeconds(1)))
        .containsExactly(
            new CoordinatorServer("a", State.LEADER),
            new CoordinatorServer("b", State.FOLLOWER),
            new CoordinatorServer("c", State.UNREACHABLE),
            new CoordinatorServer("d", State.UNREACHABLE),
            new CoordinatorServer("e", State.NO_MAJORITY),
            new CoordinatorServer("f", State.UNKNOWN));
    assertThat(EnsembleProbe.state("Mode: standalone")).isEqualTo(State.STANDALONE);
  }
}
