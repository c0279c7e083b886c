// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.node.peer.PeerTimeoutException;
import dev.holdfast.node.peer.PeerUnreachableException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Answers come when the test says so. */
final class CallBatcherTest {
  private final List<List<String>> calls = new ArrayList<>();
  private final List<CompletableFuture<List<String>>> replies = new ArrayList<>();

  private CallBatcher<String, String> batcher(int callsMax) {
    return new CallBatcher<>(
        "n2",
        callsMax,
        String::length,
        requests -> {
          CompletableFuture<List<String>> reply = new CompletableFuture<>();
          calls.add(requests);
          replies.add(reply);
          return reply;
        });
  }

  private void answer(int call) {
    replies.get(call).complete(calls.get(call).stream().map(text -> text + "!").toList());
  }

  @Test
  void whatComesWhileCallsAreUnderWaySharesTheNextOne() {
    CallBatcher<String, String> batcher = batcher(2);
    List<CompletableFuture<String>> answers =
        List.of("a", "b", "c", "d", "e").stream().map(batcher::send).toList();
    assertThat(calls).containsExactly(List.of("a"), List.of("b"));

    answer(1);

    assertThat(calls).hasSize(3);
    assertThat(calls.get(2)).containsExactly("c", "d", "e");
    assertThat(answers.get(1)).isCompletedWithValue("b!");
    assertThat(answers.get(0)).isNotDone();
    answer(2);
    answer(0);
    assertThat(answers.stream().map(CompletableFuture::join))
        .containsExactly("a!", "b!", "c!", "d!", "e!");
    assertThat(batcher.send("f")).isNotDone();
    assertThat(calls.getLast()).containsExactly("f");
  }

  @Test
  void aCallThatFailsFailsItsRequestsAloneAndTheNextOneGoes() {
    CallBatcher<String, String> batcher = batcher(1);
    CompletableFuture<String> first = batcher.send("a");
    CompletableFuture<String> second = batcher.send("b");

    replies.getFirst().completeExceptionally(new PeerUnreachableException("n2 is down", null));

    assertThatThrownBy(() -> Futures.join(first)).isInstanceOf(PeerUnreachableException.class);
    assertThat(second).isNotDone();
    answer(1);
    assertThat(second).isCompletedWithValue("b!");
  }

  @Test
  void aShortReplyFailsWhatItDoesNotAnswer() {
    CallBatcher<String, String> batcher = batcher(1);
    CompletableFuture<String> first = batcher.send("a");

    replies.getFirst().complete(List.of());

    assertThat(first).isCompletedExceptionally();
  }

  @Test
  void oneCallCarriesNoMoreThanFitsAndTooMuchIsRefused() {
    CallBatcher<String, String> batcher = batcher(1);
    assertThat(batcher.send("first")).isNotDone();
    String large = "x".repeat(300 << 10);
    List<CompletableFuture<String>> waiting =
        IntStream.range(0, 60).mapToObj(_ -> batcher.send(large)).toList();

    List<CompletableFuture<String>> refused =
        waiting.stream().filter(CompletableFuture::isCompletedExceptionally).toList();
    assertThat(refused).hasSizeBetween(1, 10);
    assertThatThrownBy(() -> Futures.join(refused.getFirst()))
        .isInstanceOf(PeerTimeoutException.class);
    answer(0);
    assertThat(calls.get(1)).as("two are more than a call carries").hasSize(1);
    for (int i = 1; i < replies.size(); i++) {
      answer(i);
    }
    assertThat(waiting).allMatch(CompletableFuture::isDone);
    assertThat(batcher.send("after")).isNotDone();
  }
}
