// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core;

import dev.holdfast.spi.EntryKey;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The names of all entries. Where a name is followed by more, its {@code %} and {@code /} are
 * written as {@code %25} and {@code %2F}; a name at the end stays as it is, so that {@code
 * lock/printers/3rd floor} reads as it was given.
 *
 * <p>The methods that make keys expect names that {@link Names} accepts. Parsers answer empty for a
 * key of another kind, or one that no such name can have made.
 */
public final class Keys {
  public static final String SESSIONS = "session/";
  public static final String ENDED = "ended/";
  public static final String LOCKS = "lock/";
  public static final String CLAIMS = "claim/";
  public static final String WAITS = "wait/";
  public static final String INCARNATIONS = "incarnation/";
  public static final String STATS = "stats/";

  /** How often a node's store has begun. */
  public static final String STARTS = "starts/";

  public static final String LEASES = "lease/";
  public static final String OBJECTS = "object/";
  public static final String REMOVED = "removed/";
  public static final String OPERATIONS = "op/";
  public static final String MAPS = "map/";
  public static final String COUNTERS = "counter/";
  public static final String LATCHES = "latch/";
  public static final String BARRIERS = "barrier/";
  public static final String PROCLAIMED = "proclaimed/";
  public static final String UPLOADS = "upload/";

  /** What was appended to an upload, a part an entry. */
  public static final String UPLOAD_PARTS = "upload-part/";

  /** Moves with each new upload of an owner, so that limits hold. */
  public static final String UPLOAD_OWNERS = "upload-owner/";

  public static final EntryKey CLUSTER_MAP = new EntryKey("cluster/map");

  /** What became of the import of another cluster's state; absent where none was needed. */
  public static final EntryKey CLUSTER_IMPORT = new EntryKey("cluster/import");

  private static final int TICKET_DIGITS = 16;

  private Keys() {}

  public static EntryKey session(String session) {
    return new EntryKey(SESSIONS + session);
  }

  /** What remains of an ended session until its claims are released (R17). */
  public static EntryKey ended(String session) {
    return new EntryKey(ENDED + session);
  }

  public static EntryKey lock(String lock) {
    return new EntryKey(LOCKS + lock);
  }

  /** That a holder of a session holds or waits for a lock (R17). */
  public static EntryKey claim(String session, String lock, String holder) {
    return new EntryKey(claimsOf(session) + escape(lock) + '/' + escape(holder));
  }

  /** The prefix of all claims of a session. */
  public static String claimsOf(String session) {
    return CLAIMS + escape(session) + '/';
  }

  /** A waiter that the lock's own entry has no room for (R20). */
  public static EntryKey wait(String lock, long ticket) {
    return new EntryKey(waitsFor(lock) + HexFormat.of().toHexDigits(ticket));
  }

  /** The prefix of all waiters of a lock that its own entry has no room for. */
  public static String waitsFor(String lock) {
    return WAITS + escape(lock) + '/';
  }

  public static EntryKey incarnation(String node) {
    return new EntryKey(INCARNATIONS + node);
  }

  public static EntryKey stats(String node) {
    return new EntryKey(STATS + node);
  }

  public static EntryKey lease(String node) {
    return new EntryKey(LEASES + node);
  }

  /** That this data folder of a node was taken out of the cluster, and never comes back. */
  public static EntryKey removed(String node, String incarnation) {
    return new EntryKey(REMOVED + escape(node) + '/' + incarnation);
  }

  /** What the exclusive holder of a lock makes known under its token. */
  public static EntryKey proclaimed(String lock) {
    return new EntryKey(PROCLAIMED + lock);
  }

  public static EntryKey object(String object) {
    return new EntryKey(OBJECTS + object);
  }

  /** What the last operation in a slot of a session was answered (R13). */
  public static EntryKey operation(String session, long slot) {
    return new EntryKey(operationsOf(session) + slot);
  }

  /** The prefix of all slots of a session. */
  public static String operationsOf(String session) {
    return OPERATIONS + escape(session) + '/';
  }

  public static EntryKey mapEntry(String map, String key) {
    return new EntryKey(entriesOf(map) + key);
  }

  /** The prefix of all entries of a map. */
  public static String entriesOf(String map) {
    return MAPS + escape(map) + '/';
  }

  public static EntryKey counter(String counter) {
    return new EntryKey(COUNTERS + counter);
  }

  public static EntryKey latch(String latch) {
    return new EntryKey(LATCHES + latch);
  }

  public static EntryKey barrier(String barrier) {
    return new EntryKey(BARRIERS + barrier);
  }

  public static Optional<String> sessionOf(EntryKey key) {
    return rest(key, SESSIONS).filter(id -> Names.sessionProblem(id).isEmpty());
  }

  public static Optional<String> endedOf(EntryKey key) {
    return rest(key, ENDED).filter(id -> Names.sessionProblem(id).isEmpty());
  }

  public static Optional<String> lockOf(EntryKey key) {
    return rest(key, LOCKS).filter(name -> Names.lockProblem(name).isEmpty());
  }

  public static Optional<String> proclaimedOf(EntryKey key) {
    return rest(key, PROCLAIMED).filter(name -> Names.lockProblem(name).isEmpty());
  }

  public static Optional<ClaimKey> claimOf(EntryKey key) {
    String[] parts = rest(key, CLAIMS).orElse("").split("/", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    ClaimKey claim = new ClaimKey(unescape(parts[0]), unescape(parts[1]), unescape(parts[2]));
    boolean valid =
        Names.sessionProblem(claim.session).isEmpty()
            && Names.lockProblem(claim.lock).isEmpty()
            && Names.holderProblem(claim.holder).isEmpty();
    return valid && claim.key().equals(key) ? Optional.of(claim) : Optional.empty();
  }

  public static Optional<WaitKey> waitOf(EntryKey key) {
    String[] parts = rest(key, WAITS).orElse("").split("/", -1);
    if (parts.length != 2 || parts[1].length() != TICKET_DIGITS) {
      return Optional.empty();
    }
    long ticket;
    try {
      ticket = HexFormat.fromHexDigitsToLong(parts[1]);
    } catch (IllegalArgumentException notHex) {
      return Optional.empty();
    }
    WaitKey wait = new WaitKey(unescape(parts[0]), ticket);
    boolean valid = ticket >= 0 && Names.lockProblem(wait.lock).isEmpty();
    return valid && wait.key().equals(key) ? Optional.of(wait) : Optional.empty();
  }

  public static Optional<String> incarnationOf(EntryKey key) {
    return rest(key, INCARNATIONS).filter(id -> Names.nodeProblem(id).isEmpty());
  }

  public static Optional<String> statsOf(EntryKey key) {
    return rest(key, STATS).filter(id -> Names.nodeProblem(id).isEmpty());
  }

  public static Optional<String> leaseOf(EntryKey key) {
    return rest(key, LEASES).filter(id -> Names.nodeProblem(id).isEmpty());
  }

  public static Optional<String> objectOf(EntryKey key) {
    return rest(key, OBJECTS).filter(name -> Names.objectProblem(name).isEmpty());
  }

  public static Optional<MapKey> mapEntryOf(EntryKey key) {
    String rest = rest(key, MAPS).orElse("");
    int slash = rest.indexOf('/');
    if (slash < 0) {
      return Optional.empty();
    }
    MapKey entry = new MapKey(unescape(rest.substring(0, slash)), rest.substring(slash + 1));
    boolean valid =
        Names.mapProblem(entry.map).isEmpty() && Names.mapKeyProblem(entry.key).isEmpty();
    return valid && entry.entryKey().equals(key) ? Optional.of(entry) : Optional.empty();
  }

  private static Optional<String> rest(EntryKey key, String prefix) {
    return key.startsWith(prefix)
        ? Optional.of(key.value().substring(prefix.length()))
        : Optional.empty();
  }

  private static String escape(String name) {
    return name.indexOf('%') < 0 && name.indexOf('/') < 0
        ? name
        : name.replace("%", "%25").replace("/", "%2F");
  }

  private static String unescape(String segment) {
    return segment.replace("%2F", "/").replace("%25", "%");
  }

  /** The parts of a {@code claim/…} key. */
  public record ClaimKey(String session, String lock, String holder) {
    public EntryKey key() {
      return claim(session, lock, holder);
    }
  }

  /** The parts of a {@code map/…} key. */
  public record MapKey(String map, String key) {
    public EntryKey entryKey() {
      return mapEntry(map, key);
    }
  }

  /** The parts of a {@code wait/…} key. */
  public record WaitKey(String lock, long ticket) {
    public EntryKey key() {
      return Keys.wait(lock, ticket);
    }
  }
}
