// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static dev.holdfast.testkit.contract.ContractScript.absentSince;
import static dev.holdfast.testkit.contract.ContractScript.atVersion;
import static dev.holdfast.testkit.contract.ContractScript.delete;
import static dev.holdfast.testkit.contract.ContractScript.exists;
import static dev.holdfast.testkit.contract.ContractScript.present;
import static dev.holdfast.testkit.contract.ContractScript.put;
import static dev.holdfast.testkit.contract.ContractScript.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** One compare-and-set: conditions, changes, versions, revisions, limits. */
interface CommitContract extends ContractScript {

  @Test
  default void putsWhatIsAbsentAndReadsItBack() {
    EntryKey key = key("a");

    long revision =
        committed(
            first(), List.of(absentSince(key, read(first(), key).revision())), put(key, "one"));

    Entry entry = entry(first(), key);
    assertThat(text(entry)).isEqualTo("one");
    assertThat(entry.key()).isEqualTo(key);
    assertThat(entry.revision()).isEqualTo(revision);
  }

  @Test
  default void keepsEveryByteOfAValue() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    EntryKey key = key("ключ/𝄞/%2F");

    committed(first(), new Change.Put(key, Bytes.copyOf(all)), put(key("empty"), ""));

    assertThat(entry(first(), key).value()).isEqualTo(Bytes.copyOf(all));
    assertThat(entry(first(), key("empty")).value()).isEqualTo(Bytes.EMPTY);
  }

  @Test
  default void replacesAndDeletes() {
    EntryKey key = key("a");
    committed(first(), put(key, "one"));

    committed(first(), put(key, "two"));
    assertThat(text(entry(first(), key))).isEqualTo("two");

    committed(first(), delete(key));
    assertAbsent(first(), key);
  }

  @Test
  default void refusesAbsentSinceWhenTheKeyIsThere() {
    EntryKey key = key("a");
    long revision = committed(first(), put(key, "one"));

    List<Observation> failed =
        conflict(first(), List.of(absentSince(key, revision)), put(key, "two"));

    assertThat(failed).extracting(Observation::key).containsExactly(key);
    assertThat(text(present(failed.getFirst()))).isEqualTo("one");
    assertThat(text(entry(first(), key))).isEqualTo("one");
  }

  @Test
  default void refusesExistsOfAnAbsentKey() {
    EntryKey key = key("a");

    List<Observation> failed = conflict(first(), List.of(exists(key)), put(key, "one"));

    assertThat(failed).extracting(Observation::key).containsExactly(key);
    assertThat(failed.getFirst().entry()).isNull();
    assertAbsent(first(), key);
  }

  @Test
  default void holdsExistsWhateverTheVersion() {
    EntryKey key = key("a");
    committed(first(), put(key, "one"));
    committed(first(), put(key, "two"));

    committed(first(), List.of(exists(key)), put(key, "three"));

    assertThat(text(entry(first(), key))).isEqualTo("three");
  }

  @Test
  default void refusesAnOldVersionAndAnAbsentKeyAtVersion() {
    EntryKey key = key("a");
    committed(first(), put(key, "one"));
    long old = entry(first(), key).version();
    committed(first(), List.of(atVersion(key, old)), put(key, "two"));

    List<Observation> failed = conflict(first(), List.of(atVersion(key, old)), put(key, "late"));
    assertThat(text(present(failed.getFirst()))).isEqualTo("two");

    conflict(first(), List.of(atVersion(key("never"), old)), put(key("never"), "x"));
    assertAbsent(first(), key("never"));
  }

  @Test
  default void aConflictTellsEnoughToRetryWithoutARead() {
    EntryKey present = key("present");
    EntryKey deleted = key("deleted");
    EntryKey never = key("never");
    committed(first(), put(present, "one"), put(deleted, "one"));
    long version = entry(first(), present).version();
    long before = committed(first(), delete(deleted)) - 1;
    committed(first(), List.of(atVersion(present, version)), put(present, "two"));
    List<Condition> outdated =
        List.of(atVersion(present, version), absentSince(deleted, before), exists(never));

    List<Observation> failed = conflict(first(), outdated, put(present, "three"));

    assertThat(failed)
        .extracting(Observation::key)
        .containsExactlyInAnyOrder(present, deleted, never);
    List<Condition> renewed = failed.stream().map(Observation::unchanged).toList();
    committed(first(), renewed, put(present, "three"), put(deleted, "three"), put(never, "three"));
    assertThat(text(entry(first(), never))).isEqualTo("three");
  }

  @Test
  default void aConflictNamesOnlyTheKeysThatFailedAndEachOnce() {
    EntryKey good = key("good");
    EntryKey bad = key("bad");
    committed(first(), put(good, "one"), put(bad, "one"));
    long goodVersion = entry(first(), good).version();

    List<Observation> failed =
        conflict(
            first(),
            List.of(
                atVersion(good, goodVersion),
                absentSince(bad, 0),
                atVersion(bad, goodVersion + 1_000_000)),
            put(good, "two"));

    assertThat(failed).extracting(Observation::key).containsExactly(bad);
  }

  @Test
  default void absentSinceFailsAfterADelete() {
    EntryKey key = key("a");
    long before = read(first(), key).revision();
    committed(first(), put(key, "one"));
    long deleted = committed(first(), delete(key));

    List<Observation> failed =
        conflict(first(), List.of(absentSince(key, before)), put(key, "late"));

    assertThat(failed.getFirst().entry()).isNull();
    assertThat(failed.getFirst().lastDeleted()).isGreaterThanOrEqualTo(deleted);
    assertAbsent(first(), key);
    committed(first(), List.of(absentSince(key, deleted)), put(key, "again"));
  }

  @Test
  default void absentSinceFailsAfterDeleteAndReCreate() {
    EntryKey key = key("a");
    long before = read(first(), key).revision();
    committed(first(), put(key, "one"));
    long deleted = committed(first(), delete(key));
    committed(first(), put(key, "two"));

    conflict(first(), List.of(absentSince(key, before)), put(key, "late"));
    conflict(first(), List.of(absentSince(key, deleted)), put(key, "late"));

    committed(first(), delete(key));
    conflict(first(), List.of(absentSince(key, deleted)), put(key, "late"));
  }

  @Test
  default void deletingAnAbsentKeyOvertakesALateCreate() {
    EntryKey key = key("cancelled");
    long whenTheRequestWasSent = read(first(), key).revision();

    long cancelled = committed(first(), delete(key));
    List<Observation> failed =
        conflict(first(), List.of(absentSince(key, whenTheRequestWasSent)), put(key, "late"));

    assertThat(cancelled).isGreaterThan(whenTheRequestWasSent);
    assertThat(failed.getFirst().lastDeleted()).isGreaterThanOrEqualTo(cancelled);
    assertThat(read(first(), key).lastDeleted()).isGreaterThanOrEqualTo(cancelled);
    committed(first(), List.of(absentSince(key, cancelled)), put(key, "new"));
  }

  @Test
  default void neverReusesAVersion() {
    EntryKey key = key("a");
    Set<Long> versions = new HashSet<>();
    long firstVersion = 0;
    for (int round = 0; round < 20; round++) {
      committed(node(round), put(key, "same"));
      long version = entry(first(), key).version();
      firstVersion = round == 0 ? version : firstVersion;
      assertThat(versions.add(version)).as("version %s was used before", version).isTrue();
      committed(node(round), List.of(atVersion(key, version)), put(key, "same"));
      assertThat(versions.add(entry(first(), key).version())).isTrue();
      committed(node(round + 1), delete(key));
    }
    committed(first(), put(key, "same"));

    conflict(first(), List.of(atVersion(key, firstVersion)), put(key, "late"));
  }

  @Test
  default void appliesNothingWhenOneConditionFails() {
    EntryKey a = key("a");
    EntryKey b = key("b");
    committed(first(), put(a, "one"), put(b, "one"));
    long version = entry(first(), a).version();
    long revision = read(first(), a).revision();

    conflict(
        first(),
        List.of(atVersion(a, version), exists(key("missing"))),
        put(a, "two"),
        delete(b),
        put(key("c"), "two"));

    assertThat(entry(first(), a).version()).isEqualTo(version);
    assertThat(text(entry(first(), b))).isEqualTo("one");
    assertAbsent(first(), key("c"));
    assertThat(read(first(), a).revision()).isEqualTo(revision);
  }

  @Test
  default void judgesConditionsAgainstTheStateBeforeItsChanges() {
    EntryKey from = key("from");
    EntryKey to = key("to");
    committed(first(), put(from, "moved"));
    Entry source = entry(first(), from);
    long revision = read(first(), to).revision();

    committed(
        first(),
        List.of(absentSince(to, revision), atVersion(from, source.version()), exists(from)),
        put(to, "moved"),
        delete(from));

    assertThat(text(entry(first(), to))).isEqualTo("moved");
    assertAbsent(first(), from);
    conflict(first(), List.of(exists(from)), put(from, "x"));
  }

  @Test
  default void anEmptyTransactionProvesItsConditions() {
    EntryKey key = key("a");
    long written = committed(first(), put(key, "one"));
    long version = entry(first(), key).version();

    long proven = committed(node(1), List.of(atVersion(key, version)));
    assertThat(proven).isGreaterThanOrEqualTo(written);
    committed(first(), List.of());

    committed(first(), put(key, "two"));
    List<Observation> failed = conflict(node(1), List.of(atVersion(key, version)));
    assertThat(text(present(failed.getFirst()))).isEqualTo("two");
  }

  @Test
  default void revisionsRiseByOneWithEachChangingTransaction() {
    EntryKey key = key("a");
    long last = committed(first(), put(key, "start"), put(key("b"), "start"));
    for (int i = 0; i < 30; i++) {
      committed(node(i), List.of(exists(key)));
      conflict(node(i), List.of(absentSince(key, last)), put(key, "refused"));
      Change change = i % 3 == 0 ? delete(key("other" + i)) : put(key, "value" + i);
      long next = committed(node(i), change, put(key("b"), "value" + i));
      if (backend().revisionsHaveGaps()) {
        assertThat(next).isGreaterThan(last);
      } else {
        assertThat(next).isEqualTo(last + 1);
      }
      assertThat(entry(first(), key("b")).revision()).isEqualTo(next);
      last = next;
    }
  }

  @Test
  default void acceptsAsManyChangesAndConditionsAsTheLimitSays() {
    List<Change> changes = new ArrayList<>();
    List<Condition> conditions = new ArrayList<>();
    long now = read(first(), key("c0")).revision();
    for (int i = 0; i < Transaction.CONDITIONS_MAX; i++) {
      conditions.add(absentSince(key("c" + i), now));
    }
    for (int i = 0; i < Transaction.CHANGES_MAX; i++) {
      changes.add(put(key("c" + i), "value" + i));
    }

    CommitResult result = commit(first(), new Transaction(conditions, changes));

    assertThat(result).isInstanceOf(CommitResult.Committed.class);
    assertThat(text(entry(node(1), key("c127")))).isEqualTo("value127");
    changes.add(put(key("one more"), ""));
    assertThatThrownBy(() -> first().commit(new Transaction(List.of(), changes), deadline()))
        .isInstanceOfSatisfying(
            LimitExceededException.class,
            e -> assertThat(e.limit()).isEqualTo("transaction.changes"));
    conditions.add(exists(key("one more")));
    assertThatThrownBy(() -> first().commit(new Transaction(conditions, List.of()), deadline()))
        .isInstanceOfSatisfying(
            LimitExceededException.class,
            e -> assertThat(e.limit()).isEqualTo("transaction.conditions"));
  }

  @Test
  default void acceptsATransactionOfTheLargestSize() {
    EntryKey key = key("large");
    long overhead = new Transaction(List.of(), List.of(put(key, ""))).sizeBytes();
    byte[] largest = new byte[(int) (Transaction.SIZE_BYTES_MAX - overhead)];
    largest[largest.length - 1] = 7;
    byte[] tooLarge = new byte[largest.length + 1];

    committed(first(), new Change.Put(key, Bytes.copyOf(largest)));

    assertThat(entry(node(1), key).value()).isEqualTo(Bytes.copyOf(largest));
    assertThatThrownBy(() ->
            first()
                .commit(
                    new Transaction(
                        List.of(), List.of(new Change.Put(key, Bytes.copyOf(tooLarge)))),
                    deadline()))
        .isInstanceOfSatisfying(
            LimitExceededException.class,
            e -> assertThat(e.limit()).isEqualTo("transaction.sizeBytes"));
    committed(first(), delete(key));
  }

  @Test
  default void acceptsTheLongestKey() {
    int free = EntryKey.SIZE_BYTES_MAX - prefix().length();
    EntryKey key = key("k".repeat(free));

    committed(first(), put(key, "long"));

    assertThat(text(entry(node(1), key))).isEqualTo("long");
    assertThat(scanAll(node(1), prefix(), 10)).extracting(Entry::key).containsExactly(key);
  }

  @Test
  default void aSecondNodeJudgesByWhatTheFirstCommitted() {
    Assumptions.assumeTrue(backend().nodes() > 1);
    EntryKey key = key("a");
    for (int i = 0; i < 50; i++) {
      long version = committed(node(i), put(key, "v" + i));
      Entry entry = entry(node(i), key);
      assertThat(entry.revision()).isEqualTo(version);
      committed(node(i + 1), List.of(atVersion(key, entry.version())), put(key, "w" + i));
      conflict(node(i + 1), List.of(atVersion(key, entry.version())), put(key, "late"));
    }
  }

  /** R9: what comes after a restore is newer than all that was told before it. */
  @Test
  default void raisesItsRevisionAndNeverLowersIt() {
    long before = committed(first(), put(key("a"), "1"));
    long base = before + 1_000_000;

    long raised;
    try {
      raised = first().raiseRevision(base, deadline());
    } catch (UnsupportedOperationException e) {
      return; // It says so, and whoever restores learns it.
    }
    assertThat(raised).isGreaterThanOrEqualTo(base);
    assertThat(first().raiseRevision(before, deadline())).isGreaterThanOrEqualTo(raised);

    long after = committed(node(1), put(key("b"), "2"));
    assertThat(after).isGreaterThan(base);
    Observation old = read(node(2), key("a"));
    assertThat(text(present(old))).isEqualTo("1");
    assertThat(old.revision()).isGreaterThanOrEqualTo(after);
    // What was told before keeps its number, and still counts.
    assertThat(present(old).version()).isEqualTo(before);
    assertThat(scanAll(node(1), prefix(), 10)).contains(present(old));
    conflict(first(), List.of(atVersion(key("a"), before + 1)), put(key("a"), "late"));
    long changed = committed(node(2), List.of(atVersion(key("a"), before)), put(key("a"), "2"));
    assertThat(changed).isGreaterThan(after);
    conflict(node(1), List.of(absentSince(key("a"), before)), put(key("a"), "late"));
    committed(node(1), List.of(absentSince(key("c"), before)), put(key("c"), "1"));
    committed(first(), delete(key("c")));
    conflict(node(2), List.of(absentSince(key("c"), raised)), put(key("c"), "late"));
  }
}
