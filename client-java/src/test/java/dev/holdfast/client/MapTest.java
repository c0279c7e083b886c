// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.protocol.frame.Blob;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.EntryChange;
import dev.holdfast.protocol.frame.EntryItem;
import dev.holdfast.protocol.frame.ServerFrame;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Writes and watches of a map against scripted nodes, in real time. */
class MapTest {
  private final FakeCluster cluster = new FakeCluster();
  private final FakeNode node = new FakeNode("n1", cluster);
  private final Holdfast holdfast =
      Holdfast.connect(ClientConfig.of(node.api()).withRequestTimeout(Duration.ofSeconds(2)));
  private final Session session = holdfast.session(Duration.ofSeconds(10));
  private final MapClient<String> map = session.map("m");

  @AfterEach
  void close() {
    holdfast.close();
    node.close();
  }

  @Test
  void repeatsAWriteOnANewConnectionUnderItsNumberAndSaysSo() {
    cluster.script =
        (at, frame) -> {
          if (frame instanceof ClientFrame.PutEntry put) {
            if (!put.again()) {
              at.cut();
              return List.of();
            }
            return List.of(new ServerFrame.EntriesWritten(put.request(), 2_000));
          }
          return null;
        };

    assertThat(map.set("a", "1")).isEqualTo(2_000);

    List<ClientFrame.PutEntry> puts = puts();
    ClientFrame.PutEntry first = puts.get(0);
    assertThat(first.again()).isFalse();
    assertThat(puts.subList(1, puts.size()))
        .isNotEmpty()
        .allSatisfy(put -> {
          assertThat(put.again()).isTrue();
          assertThat(put.slot()).isEqualTo(first.slot());
          assertThat(put.sequence()).isEqualTo(first.sequence());
        });
  }

  @Test
  void valuesThatStayForAWhileOrAsLongAsTheSessionSaySo() {
    cluster.script =
        (at, frame) ->
            frame instanceof ClientFrame.WriteEphemerals write
                ? List.of(new ServerFrame.EntriesWritten(write.request(), 2_000))
                : null;

    map.set("a", "1", Duration.ofSeconds(30));
    map.expiring(Duration.ofSeconds(40)).batchUpdate(List.of(MapUpdate.set("b", "2")));
    map.whileSessionLives().compareAndSet("c", 7, "3");
    map.whileSessionLives().expiring(Duration.ofSeconds(50)).setIfAbsent("d", "4");

    List<ClientFrame.WriteEphemerals> sent =
        cluster.received.stream()
            .filter(ClientFrame.WriteEphemerals.class::isInstance)
            .map(ClientFrame.WriteEphemerals.class::cast)
            .toList();
    assertThat(sent)
        .extracting(ClientFrame.WriteEphemerals::ttlMillis)
        .containsExactly(30_000L, 40_000L, 0L, 50_000L);
    assertThat(sent)
        .extracting(write -> write.writes().get(0).expected())
        .containsExactly(-1L, -1L, 7L, 0L);
    assertThatThrownBy(() -> map.set("a", "1", Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void asksAgainWhenTheNodeDoesNotKnowTheOutcome() {
    cluster.script =
        (at, frame) ->
            frame instanceof ClientFrame.PutEntry put
                ? List.of(
                    put.again()
                        ? new ServerFrame.EntriesWritten(put.request(), 2_000)
                        : new ServerFrame.Failed(
                            put.request(), 503, "OUTCOME_UNKNOWN", "no answer", "", true))
                : null;

    assertThat(map.set("a", "1")).isEqualTo(2_000);
  }

  @Test
  void tellsAnUnknownOutcomeAndTheNextWriteOfItsSlotOvertakesIt() {
    cluster.script =
        (at, frame) -> {
          if (frame instanceof ClientFrame.PutEntry put) {
            return put.key().equals("lost")
                ? List.of()
                : List.of(new ServerFrame.EntriesWritten(put.request(), 2_000));
          }
          return null;
        };

    assertThatThrownBy(() -> map.set("lost", "1")).isInstanceOf(OutcomeUnknownException.class);
    map.set("next", "2");

    assertThat(puts().get(1).slot()).isEqualTo(puts().get(0).slot());
    assertThat(puts().get(1).sequence()).isEqualTo(puts().get(0).sequence() + 1);
  }

  @Test
  void valueThatCannotBeReadIsNamedAndTheOthersAreNotLost() {
    cluster.script =
        (at, frame) ->
            frame instanceof ClientFrame.ListEntries list
                ? List.of(
                    new ServerFrame.EntryPage(
                        list.request(), 100, List.of(item("12", 1), item("abc", 2)), false))
                : null;
    MapClient<Integer> numbers =
        map.as(
            Codec.of(
                number -> number.toString().getBytes(StandardCharsets.UTF_8),
                bytes -> Integer.valueOf(new String(bytes, StandardCharsets.UTF_8))));

    assertThatThrownBy(() -> numbers.entries().toList())
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("'abc'")
        .hasMessageContaining("'" + map.name() + "'");
    assertThat(numbers.entries().limit(1)).extracting(MapEntry::value).containsExactly(12);
    assertThat(numbers.keys()).containsExactly("12", "abc");
  }

  @Test
  void valueThatIsTooLongIsNamedWithItsSize() {
    assertThatThrownBy(() -> map.set("photo", "x".repeat(40_000)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("'photo'")
        .hasMessageContaining("40000")
        .hasMessageContaining("32768")
        .matches(e -> ((RefusedException) e).code().equals("FRAME_FIELD_TOO_LONG"));
  }

  @Test
  void interruptedReadIsToldAsThatAndNotAsAFault() {
    cluster.script = (at, frame) -> frame instanceof ClientFrame.GetEntry ? List.of() : null;
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> map.get("a"))
        .isInstanceOf(CallInterruptedException.class)
        .matches(e -> !((HoldfastException) e).mayRetry());
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void openWritesHaveSlotsOfTheirOwn() {
    List<ClientFrame.PutEntry> held = new CopyOnWriteArrayList<>();
    cluster.script =
        (at, frame) -> {
          if (frame instanceof ClientFrame.PutEntry put) {
            held.add(put);
            return held.size() == 1
                ? List.of()
                : List.of(
                    new ServerFrame.EntriesWritten(put.request(), 2_001),
                    new ServerFrame.EntriesWritten(held.get(0).request(), 2_000));
          }
          return null;
        };

    CompletableFuture<Long> first = map.setAsync("a", "1");
    assertThat(map.set("b", "2")).isEqualTo(2_001);

    assertThat(first.join()).isEqualTo(2_000);
    assertThat(puts().get(0).slot()).isNotEqualTo(puts().get(1).slot());
  }

  @Test
  void aMismatchIsNoErrorAndAnEndedSessionIs() {
    cluster.script =
        (at, frame) ->
            frame instanceof ClientFrame.PutEntry put
                ? List.of(
                    put.expected() == 7
                        ? new ServerFrame.Failed(
                            put.request(), 412, "VERSION_MISMATCH", "has 8", "", false)
                        : new ServerFrame.Failed(
                            put.request(), 404, "SESSION_NOT_FOUND", "ended", "", false))
                : null;

    assertThat(map.compareAndSet("a", 7, "1")).isEmpty();
    assertThatThrownBy(() -> map.set("a", "1")).isInstanceOf(SessionLostException.class);
  }

  @Test
  void tellsWhatIsThereThenChangesAndAfterAResyncOnlyWhatIsNew() {
    AtomicReference<List<EntryItem>> state =
        new AtomicReference<>(List.of(item("a", 10), item("b", 20)));
    AtomicReference<Long> watch = new AtomicReference<>(0L);
    cluster.script =
        (at, frame) -> {
          if (frame instanceof ClientFrame.WatchEntries asked) {
            watch.set(asked.watch());
            return List.of(new ServerFrame.EntriesWatched(asked.request(), asked.watch(), 100));
          }
          return frame instanceof ClientFrame.ListEntries list
              ? List.of(new ServerFrame.EntryPage(list.request(), 100, state.get(), false))
              : null;
        };
    List<String> told = new CopyOnWriteArrayList<>();

    try (MapWatch open = map.watch("", new Told(told))) {
      assertThat(open.map).isEqualTo("m");
      Await.until("the snapshot", () -> told.equals(List.of("a=10", "b=20")));

      push(watch.get(), new EntryChange("a", 110, false, Blob.EMPTY));
      push(watch.get(), new EntryChange("a", 105, false, Blob.EMPTY));
      push(watch.get(), new EntryChange("b", 120, true, Blob.EMPTY));
      Await.until("the changes", () -> told.equals(List.of("a=10", "b=20", "a=110", "b deleted")));

      state.set(List.of(item("b", 130), item("c", 140)));
      cluster.push(session.id(), new ServerFrame.EntriesResync(watch.get(), 150));
      Await.until("the resync", () -> told.size() == 8);
      assertThat(told.subList(4, 8))
          .startsWith("resync")
          .containsExactlyInAnyOrder("resync", "b=130", "c=140", "a deleted");

      told.clear();
      node.cut();
      Await.until("it goes on on a new connection", () -> told.contains("resync"));
      push(watch.get(), new EntryChange("c", 160, false, Blob.EMPTY));
      Await.until("a change is told there", () -> told.contains("c=160"));
      assertThat(told).containsExactly("resync", "c=160");
    }
    Await.until(
        "the watch is ended at the node",
        () -> cluster.received.contains(new ClientFrame.UnwatchEntries(watch.get())));
  }

  private record Told(List<String> told) implements MapListener<String> {
    @Override
    public void changed(MapEvent<String> event) {
      told.add(event.key() + (event.isDeleted() ? " deleted" : "=" + event.version()));
    }

    @Override
    public void resynced() {
      told.add("resync");
    }
  }

  private static EntryItem item(String key, long version) {
    return new EntryItem(key, version, Blob.wrap(key.getBytes(StandardCharsets.UTF_8)));
  }

  private void push(long watch, EntryChange change) {
    cluster.push(session.id(), new ServerFrame.EntriesChanged(watch, List.of(change)));
  }

  private List<ClientFrame.PutEntry> puts() {
    return cluster.received.stream()
        .filter(ClientFrame.PutEntry.class::isInstance)
        .map(ClientFrame.PutEntry.class::cast)
        .toList();
  }
}
