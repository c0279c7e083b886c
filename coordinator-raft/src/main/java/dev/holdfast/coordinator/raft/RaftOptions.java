// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.support.OptionReader;
import java.time.Duration;
import java.util.Map;

/**
 * The options of this backend. Durations are written {@code 300ms}, {@code 3s}, {@code 2m}, sizes
 * {@code 64KiB}, {@code 8MiB}, {@code 1GiB}.
 *
 * @param electionTimeoutMin (300ms) a follower that hears nothing for a time between this and the
 *     next calls an election
 * @param electionTimeoutMax (600ms)
 * @param heartbeatInterval (150ms) at most half of electionTimeoutMin, which is all that Ratis can
 *     keep; given for checking
 * @param leaseTtl (3s) of the lease of this node; also how long a new leader waits before it ends
 *     leases of others
 * @param requestTimeout (3s) until an unanswered request to the leader is sent again
 * @param snapshotEntries (100,000) log entries between checkpoints, after which the log is purged
 * @param snapshotInterval (30s) time between checkpoints
 * @param logTailEntries (20,000) log entries that are kept before the checkpoint for slow followers
 * @param logSegmentBytes (8MiB) size of a log file; purging removes whole files
 * @param overlayBytesMax (64MiB) heap for changes that are not in LMDB yet; beyond it proposals are
 *     refused
 * @param freeSpaceMinBytes (64MiB) the server refuses to start with less disk
 * @param votersMax (5) odd; further nodes observe
 * @param noMajorityAfter (10 × electionTimeoutMax) without a leader and without a lease, after
 *     which requests are refused at once instead of at their deadline, also when no leader was
 *     there since the start
 * @param tableScrubInterval (360m) from the end of one reading of the whole key table, which checks
 *     it against its checksums, to the next one
 */
record RaftOptions(
    Duration electionTimeoutMin,
    Duration electionTimeoutMax,
    Duration heartbeatInterval,
    Duration leaseTtl,
    Duration requestTimeout,
    long snapshotEntries,
    Duration snapshotInterval,
    long logTailEntries,
    long logSegmentBytes,
    long overlayBytesMax,
    long freeSpaceMinBytes,
    int votersMax,
    Duration noMajorityAfter,
    Duration tableScrubInterval) {
  private static final Duration ELECTION_WAIT_MIN = Duration.ofSeconds(1);

  static RaftOptions parse(Map<String, String> given) {
    OptionReader reader = new OptionReader(given);
    Duration electionMin = reader.duration("electionTimeoutMin", "300ms");
    Duration electionMax =
        reader.duration("electionTimeoutMax", electionMin.multipliedBy(2).toMillis() + "ms");
    RaftOptions options =
        new RaftOptions(
            electionMin,
            electionMax,
            reader.duration("heartbeatInterval", electionMin.dividedBy(2).toMillis() + "ms"),
            reader.duration("leaseTtl", "3s"),
            reader.duration("requestTimeout", "3s"),
            reader.number(reader.oneOf("snapshotEntries", "snapshotThreshold"), 100_000),
            reader.duration("snapshotInterval", "30s"),
            reader.number("logTailEntries", 20_000),
            reader.sizeBytes("logSegmentBytes", "8MiB"),
            reader.sizeBytes("overlayBytesMax", "64MiB"),
            reader.sizeBytes("freeSpaceMinBytes", "64MiB"),
            (int) reader.number("votersMax", 5),
            reader.duration("noMajorityAfter", electionMax.multipliedBy(10).toMillis() + "ms"),
            reader.duration("tableScrubInterval", "360m"));
    reader.check(
        options.electionTimeoutMax.compareTo(options.electionTimeoutMin) >= 0,
        "electionTimeoutMax is less than electionTimeoutMin");
    reader.check(
        options.heartbeatInterval.multipliedBy(2).compareTo(options.electionTimeoutMin) <= 0,
        "heartbeatInterval is more than half of electionTimeoutMin");
    reader.check(
        options.leaseTtl.compareTo(options.electionTimeoutMax) > 0,
        "leaseTtl is not more than electionTimeoutMax: every election would end all leases");
    reader.check(options.electionTimeoutMin.toMillis() >= 50, "electionTimeoutMin is below 50ms");
    reader.check(options.snapshotEntries > 0, "snapshotEntries is not positive");
    reader.check(
        options.votersMax >= 1 && options.votersMax <= 9 && options.votersMax % 2 == 1,
        "votersMax is not an odd number from 1 to 9");
    reader.check(
        options.noMajorityAfter.compareTo(options.electionTimeoutMax) > 0,
        "noMajorityAfter is not more than electionTimeoutMax: every election would refuse");
    reader.check(
        options.tableScrubInterval.compareTo(Duration.ofSeconds(1)) >= 0,
        "tableScrubInterval is below 1s");
    reader.check(options.logSegmentBytes >= 4096, "logSegmentBytes is below 4KiB");
    reader.check(options.overlayBytesMax >= 1 << 20, "overlayBytesMax is below 1MiB");
    reader.finish("The options of the Raft coordinator are wrong");
    return options;
  }

  /**
   * Without a leader that was there before, after which requests are refused, those that wait too.
   * Twice the time after which a follower stands: the first election may find nobody.
   */
  Duration electionWait() {
    Duration twice = electionTimeoutMax.multipliedBy(2);
    return twice.compareTo(ELECTION_WAIT_MIN) > 0 ? twice : ELECTION_WAIT_MIN;
  }
}
