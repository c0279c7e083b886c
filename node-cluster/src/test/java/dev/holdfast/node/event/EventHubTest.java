// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class EventHubTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final EventHub hub =
      new EventHub("n1", "aa", InstantSource.fixed(Instant.parse("2026-07-14T09:26:53Z")));

  @Test
  void tellsAReaderWhatComesAfterItBeganInOrder() throws Exception {
    hub.tell("before");
    try (EventHub.Cursor reader = hub.read("")) {
      hub.tell("peer_connected", "peer", "n2");
      hub.tell("peer_disconnected", "peer", "n2", "reason", "gone");

      EventHub.Batch batch = reader.next(LONG);

      assertThat(batch.missed()).isFalse();
      assertThat(batch.events())
          .extracting(NodeEvent::type)
          .containsExactly("peer_connected", "peer_disconnected");
      assertThat(batch.events().getLast().details())
          .isEqualTo(Map.of("peer", "n2", "reason", "gone"));
      assertThat(reader.next(Duration.ZERO).events()).isEmpty();
    }
  }

  @Test
  void wakesAReaderThatWaits() throws Exception {
    try (EventHub.Cursor reader = hub.read("")) {
      CompletableFuture<List<NodeEvent>> waiting =
          CompletableFuture.supplyAsync(() -> {
            try {
              return reader.next(LONG).events();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
      hub.tell("leader_elected");

      assertThat(waiting.get(60, TimeUnit.SECONDS)).hasSize(1);
    }
  }

  @Test
  void resumesAfterTheLastIdOnAnotherConnection() throws Exception {
    String id;
    try (EventHub.Cursor first = hub.read("")) {
      hub.tell("one");
      first.next(LONG);
      id = first.position();
    }
    hub.tell("two");

    try (EventHub.Cursor second = hub.read(id)) {
      EventHub.Batch batch = second.next(LONG);
      assertThat(batch.missed()).isFalse();
      assertThat(batch.events()).extracting(NodeEvent::type).containsExactly("two");
    }
  }

  @Test
  void aSlowReaderMissesTheOldestAndIsToldHowMany() throws Exception {
    try (EventHub.Cursor slow = hub.read("")) {
      for (int i = 0; i < EventHub.KEPT + 10; i++) {
        hub.tell("event", "number", i);
      }

      EventHub.Batch first = slow.next(LONG);

      assertThat(first.missed()).isTrue();
      assertThat(first.missedCount()).isEqualTo(10);
      List<NodeEvent> all = new ArrayList<>(first.events());
      EventHub.Batch next = slow.next(Duration.ZERO);
      while (!next.events().isEmpty()) {
        assertThat(next.missed()).isFalse();
        all.addAll(next.events());
        next = slow.next(Duration.ZERO);
      }
      assertThat(all).hasSize(EventHub.KEPT);
      assertThat(all.getFirst().details()).isEqualTo(Map.of("number", 10));
    }
  }

  @Test
  void anIdOfAnotherStartIsAGapAndThenAllThatIsKept() throws Exception {
    hub.tell("one");
    for (String foreign : List.of("bb-1", "aa-7", "aa-x", "nonsense")) {
      try (EventHub.Cursor reader = hub.read(foreign)) {
        EventHub.Batch batch = reader.next(LONG);
        assertThat(batch.missed()).as(foreign).isTrue();
        assertThat(batch.events()).as(foreign).hasSize(1);
        hub.read(hub.id(0)).close();
      }
    }
  }

  @Test
  void refusesMoreReadersThanItsLimitUntilOneEnds() {
    List<EventHub.Cursor> readers = new ArrayList<>();
    for (int i = 0; i < EventHub.READERS_MAX; i++) {
      readers.add(hub.read(""));
    }

    assertThatThrownBy(() -> hub.read("")).hasMessageContaining("256 readers");
    readers.getFirst().close();
    readers.getFirst().close();
    readers.set(0, hub.read(""));
    assertThatThrownBy(() -> hub.read("")).isInstanceOf(IllegalStateException.class);
    readers.forEach(EventHub.Cursor::close);
  }

  @Test
  void comesToItsEndForReadersAfterWhatWasTold() throws Exception {
    EventHub hub = new EventHub("n1", "s", InstantSource.system());
    try (EventHub.Cursor cursor = hub.read("")) {
      hub.tell("peer_connected", "peer", "n2");
      hub.end();

      assertThat(cursor.isOver()).isFalse();
      assertThat(cursor.next(Duration.ofMinutes(1)).events()).hasSize(1);
      assertThat(cursor.isOver()).isTrue();
      assertThat(cursor.next(Duration.ofMinutes(1)).events()).isEmpty();
    }
  }
}
