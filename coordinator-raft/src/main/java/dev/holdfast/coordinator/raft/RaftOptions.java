package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.NearestWord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
 * @param noMajorityAfter (10 × electionTimeoutMax) without a leader, after which requests are
 *     refused at once instead of at their deadline
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
    Duration noMajorityAfter) {
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m)");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})(B|KiB|MiB|GiB)");

  static RaftOptions parse(Map<String, String> given) {
    Parser parser = new Parser(given);
    Duration electionMin = parser.duration("electionTimeoutMin", "300ms");
    Duration electionMax =
        parser.duration("electionTimeoutMax", electionMin.multipliedBy(2).toMillis() + "ms");
    RaftOptions options =
        new RaftOptions(
            electionMin,
            electionMax,
            parser.duration("heartbeatInterval", electionMin.dividedBy(2).toMillis() + "ms"),
            parser.duration("leaseTtl", "3s"),
            parser.duration("requestTimeout", "3s"),
            parser.number(parser.oneOf("snapshotEntries", "snapshotThreshold"), 100_000),
            parser.duration("snapshotInterval", "30s"),
            parser.number("logTailEntries", 20_000),
            parser.size("logSegmentBytes", "8MiB"),
            parser.size("overlayBytesMax", "64MiB"),
            parser.size("freeSpaceMinBytes", "64MiB"),
            (int) parser.number("votersMax", 5),
            parser.duration("noMajorityAfter", electionMax.multipliedBy(10).toMillis() + "ms"));
    parser.check(
        options.electionTimeoutMax.compareTo(options.electionTimeoutMin) >= 0,
        "electionTimeoutMax is less than electionTimeoutMin");
    parser.check(
        options.heartbeatInterval.multipliedBy(2).compareTo(options.electionTimeoutMin) <= 0,
        "heartbeatInterval is more than half of electionTimeoutMin");
    parser.check(
        options.leaseTtl.compareTo(options.electionTimeoutMax) > 0,
        "leaseTtl is not more than electionTimeoutMax: every election would end all leases");
    parser.check(options.electionTimeoutMin.toMillis() >= 50, "electionTimeoutMin is below 50ms");
    parser.check(options.snapshotEntries > 0, "snapshotEntries is not positive");
    parser.check(
        options.votersMax >= 1 && options.votersMax <= 9 && options.votersMax % 2 == 1,
        "votersMax is not an odd number from 1 to 9");
    parser.check(
        options.noMajorityAfter.compareTo(options.electionTimeoutMax) > 0,
        "noMajorityAfter is not more than electionTimeoutMax: every election would refuse");
    parser.check(options.logSegmentBytes >= 4096, "logSegmentBytes is below 4KiB");
    parser.check(options.overlayBytesMax >= 1 << 20, "overlayBytesMax is below 1MiB");
    parser.finish();
    return options;
  }

  /** Collects every error, so that an operator corrects the file once. */
  private static final class Parser {
    private final Map<String, String> rest;
    private final List<String> known = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();

    Parser(Map<String, String> given) {
      this.rest = new LinkedHashMap<>(given);
    }

    Duration duration(String key, String standard) {
      Matcher matcher = match(key, DURATION, standard, "a duration such as 300ms, 3s or 2m");
      long amount = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        default -> Duration.ofMinutes(amount);
      };
    }

    long size(String key, String standard) {
      Matcher matcher = match(key, SIZE, standard, "a size such as 64KiB or 8MiB");
      long amount = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "B" -> amount;
        case "KiB" -> amount << 10;
        case "MiB" -> amount << 20;
        default -> amount << 30;
      };
    }

    /** Two names of one option: the one that was given. */
    String oneOf(String key, String alias) {
      known.add(alias);
      if (!rest.containsKey(alias)) {
        return key;
      }
      check(!rest.containsKey(key), alias + " and " + key + " are the same; give one of them");
      return alias;
    }

    long number(String key, long standard) {
      known.add(key);
      String text = rest.remove(key);
      if (text == null) {
        return standard;
      }
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException _) {
        errors.add(key + " is \"" + text + "\", not a number");
        return standard;
      }
    }

    private Matcher match(String key, Pattern pattern, String standard, String wanted) {
      known.add(key);
      String text = rest.remove(key);
      Matcher matcher = pattern.matcher(text == null ? standard : text.strip());
      if (matcher.matches()) {
        return matcher;
      }
      errors.add(key + " is \"" + text + "\", not " + wanted);
      Matcher fallback = pattern.matcher(standard);
      if (!fallback.matches()) {
        throw new IllegalStateException("The default of " + key + " is wrong");
      }
      return fallback;
    }

    void check(boolean holds, String error) {
      if (!holds) {
        errors.add(error);
      }
    }

    void finish() {
      for (String unknown : rest.keySet()) {
        errors.add(
            "unknown option "
                + unknown
                + NearestWord.to(unknown, known)
                    .map(near -> " (did you mean " + near + "?)")
                    .orElse(""));
      }
      if (!errors.isEmpty()) {
        throw new IllegalArgumentException(
            "The options of the Raft coordinator are wrong: " + String.join("; ", errors));
      }
    }
  }
}
