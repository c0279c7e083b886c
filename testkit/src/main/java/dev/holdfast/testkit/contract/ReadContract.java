// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static dev.holdfast.testkit.contract.ContractScript.delete;
import static dev.holdfast.testkit.contract.ContractScript.present;
import static dev.holdfast.testkit.contract.ContractScript.put;
import static dev.holdfast.testkit.contract.ContractScript.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorStatus;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Linearizable reads, and local ones. */
interface ReadContract extends ContractScript {

  @Test
  default void seesFromAnyNodeWhatWasJustAcknowledged() {
    EntryKey key = key("a");
    for (int i = 0; i < 200; i++) {
      long revision = committed(node(i), put(key, "value" + i));

      Observation seen = read(node(i + 1), key);

      assertThat(text(present(seen))).isEqualTo("value" + i);
      assertThat(seen.revision()).isGreaterThanOrEqualTo(revision);
    }
  }

  @Test
  default void readsAnAbsentKey() {
    long revision = committed(first(), put(key("other"), "x"));

    Observation seen = read(first(), key("never"));

    assertThat(seen.isPresent()).isFalse();
    assertThat(seen.revision()).isGreaterThanOrEqualTo(revision);
    assertThat(seen.lastDeleted()).isLessThanOrEqualTo(seen.revision());
  }

  @Test
  default void answersInTheOrderOfTheQuestion() {
    committed(first(), put(key("a"), "A"), put(key("b"), "B"), put(key("c"), "C"));
    List<EntryKey> asked = List.of(key("c"), key("none"), key("a"), key("b"));

    List<Observation> answers = read(first(), asked);

    assertThat(answers).extracting(Observation::key).containsExactlyElementsOf(asked);
    assertThat(answers)
        .extracting(Observation::revision)
        .containsOnly(answers.getFirst().revision());
    assertThat(text(present(answers.getFirst()))).isEqualTo("C");
    assertThat(answers.get(1).entry()).isNull();
  }

  @Test
  default void readsSeveralKeysAtOneRevision() {
    EntryKey left = key("left");
    EntryKey right = key("right");
    committed(first(), put(left, "0"), put(right, "0"));
    AtomicInteger reading = new AtomicInteger(3);
    inParallel(
        4,
        number -> {
          if (number == 0) {
            for (int i = 1; reading.get() > 0; i++) {
              committed(node(i), put(left, "" + i), put(right, "" + i));
            }
            return;
          }
          for (int i = 0; i < 100; i++) {
            List<Observation> seen = read(node(number), List.of(left, right));
            assertThat(text(present(seen.get(0)))).isEqualTo(text(present(seen.get(1))));
            assertThat(seen.get(0).revision()).isEqualTo(seen.get(1).revision());
          }
          reading.decrementAndGet();
        });
  }

  @Test
  default void neverReadsSomethingOlderThanWhatWasAcknowledgedBefore() {
    EntryKey key = key("a");
    committed(first(), put(key, "start"));
    AtomicLong acknowledged = new AtomicLong();
    inParallel(
        6,
        number -> {
          for (int i = 0; i < 60; i++) {
            long revision = committed(node(number + i), put(key, number + ":" + i));
            long before = acknowledged.accumulateAndGet(revision, Math::max);
            long seen = entry(node(number), key).revision();
            assertThat(seen).isGreaterThanOrEqualTo(before);
            acknowledged.accumulateAndGet(seen, Math::max);
          }
        });
  }

  @Test
  default void readsLocallyWhatWasAppliedAndInOrder() {
    EntryKey key = key("a");
    for (int round = 0; round < 20; round++) {
      long revision = committed(node(round), put(key, "value" + round));
      for (int i = 0; i < backend().nodes(); i++) {
        Coordinator node = node(i);
        AtomicLong last = new AtomicLong();
        await(
            "node " + i + " applies revision " + revision,
            () -> {
              Observation seen = node.readLocal(key).observation();
              assertThat(seen.revision()).isGreaterThanOrEqualTo(last.getAndSet(seen.revision()));
              return seen.revision() >= revision;
            });
        assertThat(text(present(node.readLocal(key).observation()))).isEqualTo("value" + round);
      }
    }
  }

  @Test
  default void knowsTheAgeOfLocalReads() {
    EntryKey key = key("a");
    committed(first(), put(key, "one"));
    for (int i = 0; i < backend().nodes(); i++) {
      Coordinator node = node(i);
      var _ = read(node, key);
      await("node " + i + " knows its age", () -> node.readLocal(key).ageMillis() >= 0);
      assertThat(node.readLocal(key).ageMillis()).isLessThan(deadline().toMillis());
    }
  }

  @Test
  default void seesDeletionsFromAnyNode() {
    EntryKey key = key("a");
    for (int i = 0; i < 30; i++) {
      committed(node(i), put(key, "x"));
      Entry entry = entry(node(i + 1), key);
      assertThat(text(entry)).isEqualTo("x");
      long deleted = committed(node(i), delete(key));
      Observation seen = read(node(i + 1), key);
      assertThat(seen.entry()).isNull();
      assertThat(seen.lastDeleted()).isGreaterThanOrEqualTo(deleted);
    }
  }

  @Test
  default void tellsItsStatus() {
    long revision = committed(first(), put(key("a"), "x"));
    for (int i = 0; i < backend().nodes(); i++) {
      Coordinator node = node(i);
      await(
          "node " + i + " reports what it has applied",
          () -> node.status().appliedRevision() >= revision);
      CoordinatorStatus status = node.status();
      assertThat(status.backend()).isNotBlank();
    }
  }
}
