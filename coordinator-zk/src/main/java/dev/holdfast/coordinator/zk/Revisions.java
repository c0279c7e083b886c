// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.data.Stat;

/**
 * The numbers that are told outside, made of zxids and back. A revision is the zxid and the base of
 * the newest step before it; each raise adds a step with a greater base, so revisions rise with
 * zxids, and what was told before a raise keeps its number (R9). Inside, everything is a zxid.
 *
 * <p>Below the first revision of a step there is a gap: numbers that no commit ever gets. A zxid
 * told on too few steps would lie in there, match no version and exclude more, never less.
 *
 * @param dataVersion of the znode that holds the steps: every commit checks it, so none is made by
 *     a node that does not know them all
 * @param steps by rising zxid
 */
record Revisions(int dataVersion, List<Step> steps) {
  /** Not raised. The version is never that of a znode, nor the one that passes every check. */
  static final Revisions UNKNOWN = new Revisions(-2, List.of());

  /** Each import of a state into this cluster adds at most one. */
  static final int STEPS_MAX = 1_000;

  /** No znode has it. */
  private static final long NO_ZXID = -1;

  /**
   * @param from the zxid of the raise itself, the first that counts with this base
   * @param base that is added
   */
  record Step(long from, long base) {
    long first() {
      return from + base;
    }
  }

  Revisions {
    steps = List.copyOf(steps);
  }

  /**
   * One line a step: {@code FROM BASE}; the newest could not know its own zxid when it was written,
   * and is {@code BASE} alone.
   */
  static Revisions decode(byte[] data, Stat stat) {
    List<Step> steps = new ArrayList<>();
    for (String line : new String(data, StandardCharsets.UTF_8).lines().toList()) {
      String[] words = line.split(" ");
      long from = words.length == 1 ? stat.getMzxid() : Long.parseLong(words[0]);
      steps.add(new Step(from, Long.parseLong(words[words.length - 1])));
    }
    return new Revisions(stat.getVersion(), steps);
  }

  /**
   * What to write so that the write itself, and all after it, have at least this revision.
   *
   * @param newest zxid that is known of; its revision is below
   * @throws LimitExceededException after {@link #STEPS_MAX} raises
   */
  byte[] encodeRaised(long revision, long newest) {
    if (steps.size() >= STEPS_MAX) {
      throw new LimitExceededException(
          "zookeeper.raises", STEPS_MAX, steps.size() + 1L, "Import into a new cluster.");
    }
    StringBuilder lines = new StringBuilder();
    steps.forEach(step -> lines.append(step.from).append(' ').append(step.base).append('\n'));
    lines.append(Math.subtractExact(revision, newest)).append('\n');
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** 0, which is before everything, stays 0. */
  long revision(long zxid) {
    for (Step step : steps.reversed()) {
      if (zxid >= step.from) {
        return zxid + step.base;
      }
    }
    return zxid;
  }

  /** The newest zxid whose revision is not above this one. */
  long newestZxid(long revision) {
    long below = Long.MAX_VALUE;
    for (Step step : steps.reversed()) {
      if (revision >= step.first()) {
        return Math.min(revision - step.base, below);
      }
      below = step.from - 1;
    }
    return Math.min(revision, below);
  }

  /** The zxid that has this revision; one that no znode has, when there is none. */
  private long zxid(long revision) {
    long newest = newestZxid(revision);
    return revision(newest) == revision ? newest : NO_ZXID;
  }

  // ---- To the outside.

  Entry told(Entry inside) {
    long revision = revision(inside.revision());
    return new Entry(inside.key(), inside.value(), revision, revision);
  }

  Observation told(Observation inside) {
    Entry entry = inside.entry();
    return new Observation(
        inside.key(),
        entry == null ? null : told(entry),
        revision(inside.lastDeleted()),
        revision(inside.revision()));
  }

  List<Observation> told(List<Observation> inside) {
    return inside.stream().map(this::told).toList();
  }

  // ---- From the outside.

  Transaction asked(Transaction outside) {
    return steps.isEmpty()
        ? outside
        : new Transaction(
            outside.conditions().stream().map(this::asked).toList(), outside.changes());
  }

  private Condition asked(Condition outside) {
    EntryKey key = outside.key();
    return switch (outside) {
      case Condition.Exists exists -> exists;
      case Condition.AtVersion at -> new Condition.AtVersion(key, zxid(at.version()));
      case Condition.AbsentSince absent ->
          new Condition.AbsentSince(key, newestZxid(absent.revision()));
    };
  }
}
