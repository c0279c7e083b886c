// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.Await;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogFunnelTest {
  /** Longer than any pause of a test that answers. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** What was appended, and how it will be answered. */
  private final List<byte[]> entries = new CopyOnWriteArrayList<>();

  private final List<CompletableFuture<ByteBuffer>> outcomes = new CopyOnWriteArrayList<>();

  private final LogFunnel funnel =
      new LogFunnel(
          entry -> {
            entries.add(entry);
            outcomes.add(new CompletableFuture<>());
            return outcomes.getLast();
          },
          PATIENCE,
          System::nanoTime);

  @AfterEach
  void close() {
    funnel.close();
  }

  private void awaitEntries(int count) {
    Await.until(Duration.ofSeconds(20), count + " entries", () -> entries.size() >= count);
    assertThat(entries).hasSize(count);
  }

  /** As the codec writes it: the first byte is the format of a batch. */
  private static byte[] batch(String text) {
    return ("\u0001" + text).getBytes(StandardCharsets.UTF_8);
  }

  private static String text(ByteBuffer part) {
    return StandardCharsets.UTF_8.decode(part.duplicate()).toString().substring(1);
  }

  private List<String> entry(int index) {
    return LogCodec.split(ByteBuffer.wrap(entries.get(index))).stream()
        .map(LogFunnelTest::text)
        .toList();
  }

  /** Each batch of an entry is answered by its own text. */
  private void apply(int index) {
    List<byte[]> answers = entry(index).stream().map(text -> batch("answer to " + text)).toList();
    outcomes.get(index).complete(ByteBuffer.wrap(LogCodec.join(answers)));
  }

  @Test
  void batchesThatComeMeanwhileAreOneEntry() {
    CompletableFuture<ByteBuffer> a = funnel.submit(batch("a"));
    CompletableFuture<ByteBuffer> b = funnel.submit(batch("b"));
    CompletableFuture<ByteBuffer> c = funnel.submit(batch("c"));
    assertThat(entries).hasSize(1);
    assertThat(entries.getFirst()).as("one batch is an entry as it is").isEqualTo(batch("a"));

    apply(0);
    assertThat(text(a.join())).isEqualTo("answer to a");
    awaitEntries(2);
    assertThat(entry(1)).containsExactly("b", "c");
    assertThat(b).isNotDone();

    apply(1);
    assertThat(text(b.join())).isEqualTo("answer to b");
    assertThat(text(c.join())).isEqualTo("answer to c");
    assertThat(funnel.submit(batch("d"))).isNotDone();
    awaitEntries(3);
    assertThat(entry(2)).containsExactly("d");
  }

  /** Otherwise two nodes that commit again whenever they are answered would take turns for ever. */
  @Test
  void thoseWhoTakePartGetIntoOneEntry() {
    List<CompletableFuture<ByteBuffer>> nodes = new ArrayList<>();
    nodes.add(funnel.submit(batch("a")));
    nodes.add(funnel.submit(batch("b")));
    for (int i = 0; i < 1_000; i++) {
      awaitEntries(i + 1);
      if (entry(i).size() == nodes.size()) {
        return;
      }
      apply(i);
      nodes.replaceAll(answers -> answers.isDone() ? funnel.submit(batch("again")) : answers);
    }
    throw new AssertionError("They have taken turns a thousand times");
  }

  @Test
  void whatHasFailedIsUnknownToAllInItAndTheNextGoesOn() {
    CompletableFuture<ByteBuffer> a = funnel.submit(batch("a"));
    CompletableFuture<ByteBuffer> b = funnel.submit(batch("b"));
    outcomes.get(0).completeExceptionally(new IllegalStateException("no leader any more"));
    assertThat(a).isCompletedExceptionally();
    assertThat(b).isNotDone();
    awaitEntries(2);
    apply(1);
    assertThat(text(b.join())).isEqualTo("answer to b");
  }

  @Test
  void anEntryWithoutItsAnswersLeavesThemUnknown() {
    var _ = funnel.submit(batch("a"));
    CompletableFuture<ByteBuffer> b = funnel.submit(batch("b"));
    CompletableFuture<ByteBuffer> c = funnel.submit(batch("c"));
    apply(0);
    awaitEntries(2);
    outcomes.get(1).complete(ByteBuffer.allocate(0));
    assertThat(b).isCompletedExceptionally();
    assertThat(c).isCompletedExceptionally();
  }

  /** A server that was closed answers nothing any more; its successor must not wait for it. */
  @Test
  void anEntryOfWhichNothingIsHeardDoesNotHoldUpTheNext() {
    CompletableFuture<ByteBuffer> a = funnel.submit(batch("a"));
    var _ = funnel.submit(batch("b"));
    awaitEntries(2);
    Await.until(Duration.ofSeconds(20), "unknown", a::isCompletedExceptionally);
    assertThat(entry(1)).containsExactly("b");
  }

  @Test
  void anEntryHasALimit() {
    String big = "x".repeat(1_500_000);
    var _ = funnel.submit(batch("a"));
    var _ = funnel.submit(batch(big));
    var _ = funnel.submit(batch(big));
    apply(0);
    awaitEntries(2);
    assertThat(entry(1)).containsExactly(big);
    apply(1);
    awaitEntries(3);
    assertThat(entry(2)).containsExactly(big);
  }
}
