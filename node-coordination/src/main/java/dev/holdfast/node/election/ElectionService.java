// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.election;

import dev.holdfast.core.Keys;
import dev.holdfast.core.election.ProclaimCommand;
import dev.holdfast.core.election.ProclaimReply;
import dev.holdfast.core.election.ProclaimTransition;
import dev.holdfast.core.election.Proclaimed;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.node.transact.Transactor;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Proclaims, and says who leads. Every node does both itself: only the holder of a lock writes. */
public final class ElectionService {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int PAGE = 1_000;
  private static final int READ_AT_ONCE = 64;

  private final Coordinator coordinator;
  private final Transactor<Proclaimed, ProclaimCommand, ProclaimReply> transactor;

  public ElectionService(Coordinator coordinator, Meter meter, LongSupplier nanos) {
    this.coordinator = coordinator;
    this.transactor = new Transactor<>(new ProclaimTransition(), coordinator, meter, nanos);
  }

  /**
   * Makes a value known under a grant.
   *
   * @return Known or NotHeld
   * @throws CoordinatorException as {@link Coordinator#commit}; the same proclamation may be sent
   *     again, also after an unknown outcome
   */
  public Settled<ProclaimReply> proclaim(String lock, Proclaimed next) {
    EntryKey key = Keys.claim(next.owner().session(), lock, next.owner().holder());
    Observation claim = coordinator.readLocal(key).observation();
    if (!isHeld(claim.entry(), next.token())) {
      // This node may lag: only agreement says that a grant is over.
      claim = coordinator.read(key, TIMEOUT);
    }
    Entry held = claim.entry();
    if (held == null || !isHeld(held, next.token())) {
      return new Settled<>(new ProclaimReply.NotHeld(), claim.revision());
    }
    Condition unmoved = new Condition.AtVersion(key, held.version());
    return transactor.submit(
        Keys.proclaimed(lock), new ProclaimCommand.Proclaim(next, unmoved), TIMEOUT);
  }

  private static boolean isHeld(@Nullable Entry claim, long token) {
    return claim != null
        && ClaimCodec.decode(claim.value()) instanceof Claim.Held held
        && held.token() == token
        && held.mode() instanceof LockMode.Exclusive;
  }

  /** Deletes a proclamation whose grant is over. */
  void sweep(String lock, Proclaimed known) {
    Owner owner = known.owner();
    EntryKey claim = Keys.claim(owner.session(), lock, owner.holder());
    if (!isHeld(coordinator.read(claim, TIMEOUT).entry(), known.token())) {
      transactor.submit(Keys.proclaimed(lock), new ProclaimCommand.Sweep(known), TIMEOUT);
    }
  }

  /** Who leads, linearizably. */
  public Settled<Leader> leader(String lock) {
    List<Observation> both =
        coordinator.read(List.of(Keys.lock(lock), Keys.proclaimed(lock)), TIMEOUT);
    return new Settled<>(Leader.of(lock, both.get(0), both.get(1)), both.get(0).revision());
  }

  /** Who leads as far as this node has heard. */
  public Leader leaderLocally(String lock) {
    return Leader.of(
        lock,
        coordinator.readLocal(Keys.lock(lock)).observation(),
        coordinator.readLocal(Keys.proclaimed(lock)).observation());
  }

  public long appliedRevision() {
    return coordinator.status().appliedRevision();
  }

  /**
   * The members of a group, each linearizably and all as of some moment during the call.
   *
   * @param prefix what the names of its locks begin with, up to their last slash
   */
  public Settled<List<Leader>> members(String prefix) {
    List<String> names = new ArrayList<>();
    EntryKey after = null;
    long revision = 0;
    do {
      Coordinator.Page page = coordinator.scan(Keys.LOCKS + prefix, after, PAGE, TIMEOUT);
      addNames(prefix, page, names);
      revision = page.revision();
      after = page.next();
    } while (after != null);
    List<Leader> members = new ArrayList<>();
    for (int from = 0; from < names.size(); from += READ_AT_ONCE) {
      readMembers(names.subList(from, Math.min(names.size(), from + READ_AT_ONCE)), members);
    }
    return new Settled<>(members, revision);
  }

  private void readMembers(List<String> names, List<Leader> members) {
    List<EntryKey> keys = new ArrayList<>();
    names.forEach(name -> {
      keys.add(Keys.lock(name));
      keys.add(Keys.proclaimed(name));
    });
    List<Observation> seen = coordinator.read(keys, TIMEOUT);
    for (int i = 0; i < names.size(); i++) {
      Leader member = Leader.of(names.get(i), seen.get(2 * i), seen.get(2 * i + 1));
      if (member.isPresent()) {
        members.add(member);
      }
    }
  }

  /** The locks of a group as far as this node has heard, held or not. */
  public List<String> namesLocally(String prefix) {
    List<String> names = new ArrayList<>();
    EntryKey after = null;
    do {
      Coordinator.Page page = coordinator.scanLocal(Keys.LOCKS + prefix, after, PAGE);
      addNames(prefix, page, names);
      after = page.next();
    } while (after != null);
    return names;
  }

  private static void addNames(String prefix, Coordinator.Page page, List<String> names) {
    for (Entry entry : page.entries()) {
      String name = Keys.lockOf(entry.key()).orElseThrow();
      if (name.lastIndexOf('/') == prefix.length() - 1) {
        names.add(name);
      }
    }
  }
}
