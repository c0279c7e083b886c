// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.ModelCoordinator;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Looks at everything after each commit on one lock, and throws when a rule does not hold. */
final class LockChecker {
  private final String lock;
  private final ModelCoordinator coordinator;
  private final Map<Owner, Long> goneAt = new HashMap<>();
  private final Map<EntryKey, Long> claimsBefore = new HashMap<>();
  private LockState before = LockState.unused(0);
  private List<Waiter> lineBefore = List.of();
  private long highestToken;

  LockChecker(String lock, ModelCoordinator coordinator) {
    this.lock = lock;
    this.coordinator = coordinator;
  }

  /**
   * @param commands that were folded into the commit
   * @param outcomes one for each of them
   */
  void committed(List<LockCommand> commands, List<LockOutcome> outcomes) {
    Entry entry = coordinator.read(Keys.lock(lock)).entry();
    LockState now = entry == null ? LockState.unused(0) : LockCodec.decode(entry.value());
    Map<Long, Waiter> beside = overflow(now);
    List<Waiter> line = new ArrayList<>(now.waiters());
    beside.keySet().stream().sorted().forEach(ticket -> line.add(beside.get(ticket)));

    holdersFitTogether(now);
    tokensRise(now);
    sessionsOfNewGrantsExist(now);
    nobodyOvertakes(now, line);
    headIsGrantedWhenItFits(now);
    claimsTellTheSame(now, beside);
    nobodyComesBack(now, line, commands);
    cancelsEndWhatTheySaw(commands, outcomes);
    if (commands.size() == 1) {
      replyIsTrue(commands.getFirst(), outcomes.getFirst(), now, line);
    }

    remember(now, line, commands, outcomes);
  }

  /** To be called before each commit. */
  void committing() {
    claimsBefore.clear();
    coordinator.scan(Keys.CLAIMS).forEach(claim -> claimsBefore.put(claim.key(), claim.version()));
  }

  /** A cancel that comes late must not end what its owner has asked for since. */
  private void cancelsEndWhatTheySaw(List<LockCommand> commands, List<LockOutcome> outcomes) {
    for (int i = 0; i < commands.size(); i++) {
      LockReply reply = outcomes.get(i).reply();
      if (reply instanceof LockReply.Cancelled || reply instanceof LockReply.Released) {
        switch (commands.get(i)) {
          case LockCommand.Cancel(Owner owner, ClaimSight seen) -> endedAsSeen(owner, seen);
          case LockCommand.EndHolder(Owner owner, ClaimSight seen) -> endedAsSeen(owner, seen);
          default -> {}
        }
      }
    }
  }

  private void endedAsSeen(Owner owner, ClaimSight seen) {
    long version = claimsBefore.getOrDefault(owner.claimKey(lock), 0L);
    check(version == seen.version(), owner + " was seen as " + seen + ", ended at " + version);
  }

  private Map<Long, Waiter> overflow(LockState now) {
    Map<Long, Waiter> beside = new HashMap<>();
    for (Entry wait : coordinator.scan(Keys.waitsFor(lock))) {
      long ticket = Keys.waitOf(wait.key()).orElseThrow().ticket();
      check(now.isOverflowTicket(ticket), "ticket out of range: " + ticket);
      beside.put(ticket, LockCodec.decodeWait(wait.value()));
    }
    check(beside.size() == now.overflow(), "overflow is " + now.overflow() + " of " + beside);
    return beside;
  }

  private static void holdersFitTogether(LockState now) {
    long permits = 0;
    for (Grant grant : now.holders()) {
      switch (grant.mode()) {
        case LockMode.Exclusive _ -> check(now.holders().size() == 1, "not exclusive: " + now);
        case LockMode.Shared _ ->
            check(
                now.holders().stream().allMatch(g -> g.mode() instanceof LockMode.Shared),
                "not shared: " + now);
        case LockMode.Permits p -> {
          permits += p.permits();
          check(p.of() == now.permits() && permits <= p.of(), "too many permits: " + now);
        }
      }
    }
    Set<Owner> owners = new HashSet<>();
    now.holders().forEach(g -> check(owners.add(g.owner()), "twice: " + g));
    now.waiters().forEach(w -> check(owners.add(w.owner()), "twice: " + w));
  }

  private void tokensRise(LockState now) {
    for (Grant grant : now.holders()) {
      Grant earlier = before.grantOf(grant.owner());
      boolean same = earlier != null && earlier.equals(grant);
      check(same || grant.token() > highestToken, "token not above " + highestToken + ": " + grant);
      check(grant.token() <= now.fence(), "token above the fence: " + grant);
    }
  }

  private List<Grant> newGrants(LockState now) {
    return now.holders().stream().filter(grant -> !before.holders().contains(grant)).toList();
  }

  /** Who held it exclusively and shares it now took nothing from anybody. */
  private List<Grant> withoutDowngraded(List<Grant> grants) {
    return grants.stream()
        .filter(grant -> {
          Grant earlier = before.grantOf(grant.owner());
          return earlier == null
              || !(earlier.mode() instanceof LockMode.Exclusive)
              || !(grant.mode() instanceof LockMode.Shared);
        })
        .toList();
  }

  private void sessionsOfNewGrantsExist(LockState now) {
    for (Grant grant : withoutDowngraded(newGrants(now))) {
      check(
          coordinator.read(grant.owner().sessionKey()).isPresent(),
          "granted to an ended session: " + grant);
    }
  }

  private void nobodyOvertakes(LockState now, List<Waiter> line) {
    List<Waiter> stayed = lineBefore.stream().filter(line::contains).toList();
    check(
        line.size() >= stayed.size() && line.subList(0, stayed.size()).equals(stayed),
        "the order changed: " + lineBefore + " -> " + line);
    long token = 0;
    for (Waiter waiter : lineBefore) {
      Grant grant = now.grantOf(waiter.owner());
      if (grant != null) {
        check(grant.token() > token, "granted out of order: " + now);
        token = grant.token();
      }
    }
    for (Grant grant : withoutDowngraded(newGrants(now))) {
      for (Waiter waiter : lineBefore) {
        if (waiter.owner().equals(grant.owner())) {
          break;
        }
        check(!line.contains(waiter), grant + " overtook " + waiter);
      }
    }
  }

  private static void headIsGrantedWhenItFits(LockState now) {
    check(
        now.waiters().isEmpty() || !now.hasRoomFor(now.waiters().getFirst().mode()),
        "the first waiter fits and was not granted: " + now);
    check(
        !now.waiters().isEmpty() || now.overflow() == 0 || now.refillNeeded(),
        "nobody refills: " + now);
  }

  private void claimsTellTheSame(LockState now, Map<Long, Waiter> beside) {
    int claims = 0;
    for (Entry entry : coordinator.scan(Keys.CLAIMS)) {
      Keys.ClaimKey key = Keys.claimOf(entry.key()).orElseThrow();
      Owner owner = new Owner(key.session(), key.holder());
      claims++;
      switch (ClaimCodec.decode(entry.value())) {
        case Claim.Held held ->
            check(
                new Grant(owner, held.mode(), held.token(), held.delayMillis())
                    .equals(now.grantOf(owner)),
                "held claim without a holder: " + key + " " + held);
        case Claim.Waiting waiting -> {
          Waiter waiter = new Waiter(owner, waiting.mode());
          check(
              now.waiters().contains(waiter) || waiter.equals(beside.get(waiting.ticket())),
              "waiting claim without a waiter: " + key + " " + waiting);
        }
      }
    }
    long expected = now.holders().size() + now.waitersInAll();
    check(claims == expected, claims + " claims, " + expected + " holders and waiters");
  }

  /** Who was gone comes in only by a request that knew of it. */
  private void nobodyComesBack(LockState now, List<Waiter> line, List<LockCommand> commands) {
    Set<Owner> in = new HashSet<>();
    now.holders().forEach(grant -> in.add(grant.owner()));
    line.forEach(waiter -> in.add(waiter.owner()));
    for (Owner owner : in) {
      boolean wasIn =
          before.grantOf(owner) != null
              || lineBefore.stream().anyMatch(waiter -> waiter.owner().equals(owner));
      long gone = goneAt.getOrDefault(owner, 0L);
      boolean asked =
          commands.stream()
              .anyMatch(command ->
                  command instanceof LockCommand.Acquire acquire
                      && acquire.owner().equals(owner)
                      && acquire.seenRevision() >= gone);
      check(wasIn || asked, owner + " came back after " + gone);
    }
  }

  private void replyIsTrue(
      LockCommand command, LockOutcome outcome, LockState now, List<Waiter> line) {
    List<Owner> waiting = line.stream().map(Waiter::owner).toList();
    List<Grant> fromLine =
        newGrants(now).stream()
            .filter(g -> lineBefore.stream().anyMatch(w -> w.owner().equals(g.owner())))
            .toList();
    check(outcome.newGrants().equals(fromLine), "new grants are " + fromLine + ": " + outcome);
    boolean tells =
        switch (outcome.reply()) {
          case LockReply.SessionGone _,
              LockReply.StaleRequest _,
              LockReply.Moved _,
              LockReply.Forgotten _,
              LockReply.NotForgotten _ ->
              false;
          // Better once too often: the home reads again.
          case LockReply.Refilled refilled -> refilled.moved() > 0;
          default -> true;
        };
    check(!tells || outcome.refillNeeded() == now.refillNeeded(), "refill needed: " + outcome);
    Owner owner =
        switch (command) {
          case LockCommand.Acquire acquire -> acquire.owner();
          case LockCommand.Downgrade downgrade -> downgrade.owner();
          case LockCommand.Release release -> release.owner();
          case LockCommand.Cancel cancel -> cancel.owner();
          case LockCommand.EndHolder end -> end.owner();
          case LockCommand.Refill _, LockCommand.Forget _ -> null;
        };
    if (owner == null) {
      return;
    }
    Grant grant = now.grantOf(owner);
    int place = waiting.indexOf(owner);
    boolean isTrue =
        switch (outcome.reply()) {
          case LockReply.Granted granted -> grant != null && grant.token() == granted.token();
          // Beside the entry the position is an upper bound.
          case LockReply.Queued queued ->
              place >= 0
                  && place <= queued.position()
                  && (place == queued.position() || place >= now.waiters().size());
          case LockReply.LockHeld held ->
              grant == null && place < 0 && held.position() == line.size();
          case LockReply.Released released ->
              grant == null && before.grantOf(owner) != null && released.token() > 0;
          case LockReply.NotHeld _ -> true;
          case LockReply.Cancelled _ -> grant == null && place < 0;
          case LockReply.StaleRequest _ -> grant == null && place < 0;
          case LockReply.Moved _ -> true;
          // It may still be in line: its home will end that.
          case LockReply.SessionGone _ ->
              grant == null && !coordinator.read(owner.sessionKey()).isPresent();
          case LockReply.ModeMismatch _ -> true;
          case LockReply.QueueFull _,
              LockReply.Refilled _,
              LockReply.Forgotten _,
              LockReply.NotForgotten _ ->
              false;
        };
    check(isTrue, "untrue: " + command + " -> " + outcome + " with " + now);
  }

  private void remember(
      LockState now, List<Waiter> line, List<LockCommand> commands, List<LockOutcome> outcomes) {
    Set<Owner> gone = new HashSet<>();
    before.holders().forEach(grant -> gone.add(grant.owner()));
    lineBefore.forEach(waiter -> gone.add(waiter.owner()));
    for (int i = 0; i < commands.size(); i++) {
      if (outcomes.get(i).reply() instanceof LockReply.Cancelled) {
        switch (commands.get(i)) {
          case LockCommand.Cancel cancel -> gone.add(cancel.owner());
          case LockCommand.EndHolder end -> gone.add(end.owner());
          default -> throw new AssertionError("cancelled by " + commands.get(i));
        }
      }
    }
    now.holders().forEach(grant -> gone.remove(grant.owner()));
    line.forEach(waiter -> gone.remove(waiter.owner()));
    gone.forEach(owner -> goneAt.put(owner, coordinator.revision()));
    before = now;
    lineBefore = line;
    highestToken = Math.max(highestToken, now.fence());
  }

  private static void check(boolean holds, String problem) {
    if (!holds) {
      throw new AssertionError(problem);
    }
  }
}
