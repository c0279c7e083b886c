// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.client.Hold;
import dev.holdfast.client.SimulatedSession;
import dev.holdfast.core.Keys;
import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.Grant;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockState;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.core.session.EndedSession;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Sees everything, at true instants: each commit as it is agreed on, each frame that a client has
 * heard, and what clients believe. Says which promise was broken.
 */
final class Judge {
  private final World world;
  private final LockTransition locks = new LockTransition();
  private final List<String> broken = new ArrayList<>();
  private final Map<String, Picture> pictures = new TreeMap<>();
  private final Map<String, Long> newestToken = new HashMap<>();
  private final Map<String, Long> fences = new HashMap<>();
  private final Map<String, Long> freeSince = new HashMap<>();
  private final Map<EntryKey, Long> claimGone = new HashMap<>();
  private final Map<EntryKey, Long> newestSeen = new HashMap<>();
  private final Set<EntryKey> givenUp = new HashSet<>();
  private final Map<String, Asked> asked = new TreeMap<>();
  private final Map<String, Asked> holders = new TreeMap<>();
  private final Set<String> ended = new HashSet<>();
  private final Set<String> expired = new HashSet<>();
  private final Set<String> begun = new HashSet<>();
  private final Set<String> written = new HashSet<>();
  private final Map<String, Long> keptAliveUntil = new HashMap<>();
  private final Map<String, Long> writtenToken = new HashMap<>();
  private Table table = new Table();
  private long grants;
  private long overflows;

  /** A lock as it was after the last commit that changed it. */
  private record Picture(List<Owner> queue, Map<Owner, Grant> holders) {
    static final Picture EMPTY = new Picture(List.of(), Map.of());
  }

  /** A request of a client that lives. */
  private record Asked(SimulatedClient client, int life, SimulatedSession session, Hold hold) {}

  Judge(World world) {
    this.world = world;
  }

  void watch(Table agreed) {
    table = agreed;
  }

  List<String> broken() {
    return broken;
  }

  long revision() {
    return table.revision();
  }

  /** For the test of the simulation itself: what it comes to. */
  long grants() {
    return grants;
  }

  long overflows() {
    return overflows;
  }

  private void broke(String rule, String what) {
    broken.add(rule + ": " + what);
  }

  // ---- What clients do and believe ----

  void requested(SimulatedClient client, SimulatedSession session, Hold hold) {
    holders.put(hold.holder(), new Asked(client, client.life(), session, hold));
    asked.put(hold.holder(), new Asked(client, client.life(), session, hold));
  }

  void died(SimulatedClient client, int life) {
    asked.values().removeIf(each -> each.client == client && each.life == life);
  }

  /** A node read an acquire that names the newest revision its client had seen. */
  void asked(String lock, Owner owner, long seen) {
    newestSeen.merge(claim(lock, owner), seen, Math::max);
  }

  /** A release or a cancel is under way: from now on the owner may lose its hold or its place. */
  void givingUp(String lock, Owner owner) {
    givenUp.add(claim(lock, owner));
  }

  /**
   * An owner comes again after everything that it gave up was answered: from now on it may lose
   * nothing, whatever of that is still under way.
   */
  void asksAnew(String lock, Owner owner) {
    givenUp.remove(claim(lock, owner));
  }

  private static EntryKey claim(String lock, Owner owner) {
    return Keys.claim(owner.session(), lock, owner.holder());
  }

  /** A client was told of a grant and is at work. */
  void believes(Hold hold) {
    grants++;
    Asked mine = asked.get(hold.holder());
    if (mine == null) {
      return;
    }
    Picture picture = picture(hold.lock());
    String session = String.valueOf(mine.session.id());
    Grant grant = picture.holders.get(new Owner(session, hold.holder()));
    if (grant == null || grant.token() != hold.token()) {
      broke("answer before the commit", hold + " is believed, agreed is " + picture.holders);
    }
    for (Asked other : asked.values()) {
      if (other.hold != hold
          && other.hold.lock().equals(hold.lock())
          && other.hold.isHeld()
          && !together(other.hold, hold)) {
        broke("mutual exclusion", "believed at once: " + other.hold + " and " + hold);
      }
    }
  }

  private static boolean together(Hold one, Hold other) {
    boolean permits =
        one.mode() instanceof dev.holdfast.protocol.LockMode.Permits
            && other.mode() instanceof dev.holdfast.protocol.LockMode.Permits;
    boolean shared =
        one.mode() instanceof dev.holdfast.protocol.LockMode.Shared
            && other.mode() instanceof dev.holdfast.protocol.LockMode.Shared;
    return permits || shared;
  }

  /** A client has heard something from a node. */
  void heard(SimulatedClient client, SimulatedSession session) {
    String id = session.id();
    if (id != null && ended.contains(id) && session.isAlive() && !client.isClosing(session)) {
      broke("a session never ends early", id + " has ended, and was kept alive for its client");
    }
  }

  /** A host has acknowledged a keep-alive. */
  void keptAlive(String session, long ttlMillis, long nowNanos) {
    if (expired.contains(session)) {
      broke("a session never ends early", session + " has ended, and was kept alive");
    }
    // Clocks differ by 2 %; clients stop believing after nine tenths.
    long until = nowNanos + ttlMillis * World.MILLIS * 9 / 10;
    keptAliveUntil.merge(session, until, Math::max);
  }

  /** A request that would not wait was refused because the lock was held. */
  void refusedAsHeld(String lock, Owner owner, long since) {
    Long free = freeSince.getOrDefault(lock, 0L);
    if (free <= since) {
      broke(
          "a linearizable answer",
          "%s was refused %s as held; asked at %d, free since %d"
              .formatted(owner, lock, since, free));
    }
  }

  // ---- What is agreed on ----

  void committed(Table.Delta delta) {
    for (Observation changed : delta.changed()) {
      EntryKey key = changed.key();
      if (key.startsWith(Keys.SESSIONS)) {
        session(key, changed, delta);
      } else if (key.startsWith(FencedWrite.REGISTERS)) {
        register(changed);
      }
    }
    for (Observation changed : delta.changed()) {
      if (changed.key().startsWith(Keys.LOCKS)) {
        lock(Keys.lockOf(changed.key()).orElseThrow(), changed, delta.revision());
      }
    }
    for (Observation changed : delta.changed()) {
      if (changed.key().startsWith(Keys.CLAIMS)) {
        claim(changed, delta.revision());
      }
    }
  }

  private void session(EntryKey key, Observation changed, Table.Delta delta) {
    String id = Keys.sessionOf(key).orElseThrow();
    if (changed.isPresent()) {
      begun.add(id);
      if (ended.contains(id)) {
        broke("a session ends once", id + " was made again");
      }
      return;
    }
    if (!begun.contains(id)) {
      return;
    }
    if (!ended.add(id)) {
      broke("a session ends once", id + " has ended again");
    }
    EndedSession.Reason reason =
        delta.changed().stream()
            .filter(other -> other.key().equals(Keys.ended(id)) && other.entry() != null)
            .map(other -> EndedSession.decode(entry(other).value()).reason())
            .findFirst()
            .orElse(null);
    if (reason == null) {
      broke("a session ends with its record", id);
    } else if (reason == EndedSession.Reason.EXPIRED) {
      expired.add(id);
      if (world.now() < keptAliveUntil.getOrDefault(id, 0L)) {
        broke("a session never ends early", id + " was expired in spite of a keep-alive");
      }
      for (Asked each : asked.values()) {
        if (id.equals(each.session.id())
            && each.session.isAlive()
            && !each.client.isClosing(each.session)) {
          broke("a session never ends early", id + " of " + each.client.name + " was expired");
          return;
        }
      }
    }
  }

  private static Entry entry(Observation observation) {
    Entry entry = observation.entry();
    if (entry == null) {
      throw new IllegalStateException("absent: " + observation.key());
    }
    return entry;
  }

  private Picture picture(String lock) {
    return pictures.getOrDefault(lock, Picture.EMPTY);
  }

  private void lock(String lock, Observation changed, long revision) {
    Picture before = picture(lock);
    @Nullable Entry entry = changed.entry();
    @Nullable LockState state = entry == null ? null : locks.decode(entry.value());
    Picture after = state == null ? Picture.EMPTY : picture(lock, state);
    pictures.put(lock, after);
    if (state != null && state.isInUse()) {
      freeSince.put(lock, Long.MAX_VALUE);
      overflows += state.overflow() > 0 ? 1 : 0;
      if (!state.waiters().isEmpty() && fits(state, state.waiters().getFirst().mode())) {
        broke("no lost waiter", lock + " has room for " + state.waiters().getFirst());
      }
      exclusion(lock, state);
    } else if (freeSince.getOrDefault(lock, Long.MAX_VALUE) == Long.MAX_VALUE
        || (state != null && state.fence() != fences.getOrDefault(lock, 0L))) {
      // Also one that was granted and given back in this very commit.
      freeSince.put(lock, revision);
    }
    fences.put(lock, state == null ? 0 : state.fence());
    for (Grant grant : after.holders.values()) {
      if (!grant.equals(before.holders.get(grant.owner()))) {
        granted(lock, grant, before, after);
      }
    }
    for (Grant grant : before.holders.values()) {
      if (!grant.equals(after.holders.get(grant.owner()))) {
        ended(lock, grant);
      }
    }
    for (Owner waiter : before.queue) {
      if (!after.queue.contains(waiter)
          && !after.holders.containsKey(waiter)
          && !mayGo(lock, waiter)) {
        broke("no lost waiter", waiter + " has left the queue of " + lock);
      }
    }
    order(lock, before, after);
  }

  private Picture picture(String lock, LockState state) {
    List<Owner> queue = new ArrayList<>();
    state.waiters().forEach(waiter -> queue.add(waiter.owner()));
    if (state.overflow() > 0) {
      // Tickets are in their keys in hexadecimal: the order of the keys is theirs.
      for (Entry wait : table.scan(Keys.waitsFor(lock))) {
        queue.add(waiting(wait));
      }
    }
    Map<Owner, Grant> held = new HashMap<>();
    state.holders().forEach(grant -> held.put(grant.owner(), grant));
    return new Picture(queue, held);
  }

  private static Owner waiting(Entry wait) {
    return ByteReader.decode(
        "A waiter",
        2,
        wait.value(),
        reader -> {
          Owner owner = new Owner(reader.text(), reader.text());
          var _ = LockMode.read(reader);
          var _ = reader.number();
          return owner;
        });
  }

  private boolean mayGo(String lock, Owner owner) {
    return !table.contains(Keys.session(owner.session())) || givenUp.contains(claim(lock, owner));
  }

  private void granted(String lock, Grant grant, Picture before, Picture after) {
    Owner owner = grant.owner();
    long newest = newestToken.getOrDefault(lock, 0L);
    for (Grant other : before.holders.values()) {
      newest = Math.max(newest, other.token());
    }
    if (grant.token() <= newest && !wasGrantedTogether(grant, before, after, newest)) {
      broke("tokens rise", grant + " of " + lock + " after " + newest);
    }
    newestToken.merge(lock, grant.token(), Math::max);
    if (!table.contains(Keys.session(owner.session()))) {
      broke("no grant to an ended session", grant.toString());
    }
    int place = before.queue.indexOf(owner);
    for (int i = 0; i < (place < 0 ? before.queue.size() : place); i++) {
      if (after.queue.contains(before.queue.get(i))) {
        broke("first come, first served", grant + " before " + before.queue.get(i));
      }
    }
  }

  /** Grants of one commit are looked at in any order. */
  private static boolean wasGrantedTogether(
      Grant grant, Picture before, Picture after, long newest) {
    return before.holders.values().stream().allMatch(other -> other.token() < grant.token())
        && after.holders.values().stream().anyMatch(other -> other.token() == newest);
  }

  private void ended(String lock, Grant grant) {
    if (!mayGo(lock, grant.owner())) {
      broke("nobody loses a hold", grant + " of " + lock + " was ended by nobody");
    }
    Asked mine = asked.get(grant.owner().holder());
    if (mine != null
        && SimulatedSession.tokenOf(mine.hold) == grant.token()
        && mine.hold.isHeld()) {
      broke("mutual exclusion", grant + " of " + lock + " was ended while it is believed");
    }
  }

  private void order(String lock, Picture before, Picture after) {
    int last = -1;
    boolean newcomers = false;
    for (Owner owner : after.queue) {
      int place = before.queue.indexOf(owner);
      if (place < 0) {
        newcomers = true;
      } else if (newcomers || place < last) {
        broke("first come, first served", owner + " has moved in the queue of " + lock);
        return;
      } else {
        last = place;
      }
    }
  }

  private void exclusion(String lock, LockState state) {
    List<Grant> held = state.holders();
    long exclusive = held.stream().filter(g -> g.mode() instanceof LockMode.Exclusive).count();
    long shared = held.stream().filter(g -> g.mode() instanceof LockMode.Shared).count();
    long permits = permits(state);
    boolean bad =
        (exclusive > 0 && held.size() > 1)
            || (shared > 0 && shared < held.size())
            || permits > state.permits();
    if (bad) {
      broke("mutual exclusion", lock + " is held by " + held);
    }
  }

  private static long permits(LockState state) {
    long sum = 0;
    for (Grant grant : state.holders()) {
      sum += grant.mode() instanceof LockMode.Permits some ? some.permits() : 0;
    }
    return sum;
  }

  private static boolean fits(LockState state, LockMode mode) {
    if (state.holders().size() >= LockState.HOLDERS_MAX) {
      return false;
    }
    return switch (mode) {
      case LockMode.Exclusive _ -> state.holders().isEmpty();
      case LockMode.Shared _ ->
          state.holders().stream().allMatch(grant -> grant.mode() instanceof LockMode.Shared);
      case LockMode.Permits some -> some.permits() <= some.of() - permits(state);
    };
  }

  private void claim(Observation changed, long revision) {
    EntryKey key = changed.key();
    if (!changed.isPresent()) {
      claimGone.put(key, revision);
      return;
    }
    Keys.ClaimKey parts = Keys.claimOf(key).orElseThrow();
    Owner owner = new Owner(parts.session(), parts.holder());
    long gone = claimGone.getOrDefault(key, 0L);
    if (gone > newestSeen.getOrDefault(key, 0L)) {
      broke(
          "no grant after the cancel",
          "%s came back at %d, gone since %d, newest request of %d"
              .formatted(key, revision, gone, newestSeen.getOrDefault(key, 0L)));
    }
    Picture picture = picture(parts.lock());
    Grant grant = picture.holders.get(owner);
    boolean agrees =
        switch (ClaimCodec.decode(entry(changed).value())) {
          case Claim.Held held -> grant != null && grant.token() == held.token();
          case Claim.Waiting _ -> grant == null && picture.queue.contains(owner);
        };
    if (!agrees) {
      broke("claims tell what is held", key + " against " + picture);
    }
  }

  private void register(Observation changed) {
    String lock = changed.key().value().substring(FencedWrite.REGISTERS.length());
    String text = entry(changed).value().toUtf8();
    long token = Long.parseLong(text.substring(0, text.indexOf(';')));
    if (!written.add(text)) {
      broke("exactly once", text + " was written twice");
    }
    if (token < writtenToken.getOrDefault(lock, 0L)) {
      broke("fenced writes", text + " after " + writtenToken.get(lock));
    }
    writtenToken.merge(lock, token, Math::max);
    if (picture(lock).holders.values().stream().noneMatch(grant -> grant.token() == token)) {
      broke("fenced writes", text + " while " + picture(lock).holders);
    }
  }

  // ---- The end ----

  /** What is left of it when everybody has given everything back; empty when nothing is. */
  List<String> leftovers() {
    List<String> left = new ArrayList<>();
    for (String prefix : List.of(Keys.SESSIONS, Keys.ENDED, Keys.LOCKS, Keys.CLAIMS, Keys.WAITS)) {
      table.scan(prefix).forEach(entry -> left.add(entry.key().value()));
    }
    return left;
  }
}
