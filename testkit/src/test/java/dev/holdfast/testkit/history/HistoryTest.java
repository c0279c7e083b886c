// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HistoryTest {
  private final AtomicLong clock = new AtomicLong();
  private final History history = new History(clock::incrementAndGet);

  @Test
  void readsBackWhatItWrote(@TempDir Path folder) {
    history.call("p1", "r", "write", Map.of("value", "ä\n\"")).ok(Map.of("version", "1"));
    history.call("p2", "r", "cas", Map.of()).refused(Map.of("why", "other"));
    history.call("p1", "r", "write", Map.of()).failed("503");
    history.call("p1", "r", "write", Map.of()).unknown("timed out");
    var _ = history.call("p2", "r", "read", Map.of());

    Path file = folder.resolve("history.jsonl");
    History.write(file, history.operations());

    assertThat(History.read(file)).isEqualTo(history.operations());
    assertThat(history.operations())
        .extracting(Operation::outcome)
        .containsExactly(
            Outcome.OK, Outcome.REFUSED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.UNKNOWN);
    assertThat(history.operations().get(3).returnNanos()).isEqualTo(Operation.OPEN);
  }

  @Test
  void countsACallOnce() {
    History.Call call = history.call("p1", "r", "write", Map.of());
    call.unknown("timed out");
    call.ok(Map.of());

    assertThat(history.operations())
        .extracting(Operation::outcome)
        .containsExactly(Outcome.UNKNOWN);
  }

  @Test
  void namesTheLineThatIsNoOperation(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("history.jsonl");
    history.call("p1", "r", "read", Map.of()).ok(Map.of());
    History.write(file, history.operations());
    Files.write(file, List.of("{"), StandardOpenOption.APPEND);

    assertThatThrownBy(() -> History.read(file)).hasMessageContaining("line 2");
  }
}
