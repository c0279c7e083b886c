// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.ElectionBodies;
import dev.holdfast.protocol.LockMode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An election, by its name: the candidates wait for the lock of that name, in order, and its holder
 * leads. A leadership ends for good; who wants to lead again campaigns again, under a new token.
 * Immutable, thread-safe.
 */
public final class Election {
  private final SessionLink link;
  private final String name;

  Election(SessionLink link, String name) {
    this.link = link;
    this.name = name;
  }

  public String name() {
    return name;
  }

  /**
   * Waits until this candidate leads.
   *
   * @param candidate as observers see it, such as a host name; 1 to 64 bytes. Several candidates
   *     may have one name: who leads is told by the token
   * @throws SessionLostException when the session ends first
   */
  public Leadership campaign(String candidate) throws InterruptedException {
    return await(campaigned(candidate, null));
  }

  /**
   * Waits at most that long.
   *
   * @throws WaitTimeoutException when another still leads; this candidate does not wait any more
   */
  public Leadership campaign(String candidate, Duration wait) throws InterruptedException {
    return await(campaigned(candidate, wait));
  }

  /** Leads at once if nobody does; empty if somebody does. */
  public Optional<Leadership> tryCampaign(String candidate) throws InterruptedException {
    try {
      return Optional.of(campaign(candidate, Duration.ZERO));
    } catch (WaitTimeoutException e) {
      return Optional.empty();
    }
  }

  /** By which all waits of this election go. */
  Time time() {
    return link.runtime().time();
  }

  /** As {@link #campaign(String)}. To withdraw, {@link Hold#release} what {@link #join} gives. */
  public CompletableFuture<Leadership> campaignAsync(String candidate) {
    return campaigned(candidate, null).granted().thenApply(hold -> new Leadership(name, hold));
  }

  /** Joins the queue and returns at once: the hold is PENDING until this candidate leads. */
  public Hold join(String candidate) {
    return campaigned(candidate, null);
  }

  /** The leadership of a hold that {@link #join} gave. It begins with the grant. */
  public Leadership leadership(Hold hold) {
    if (!hold.lock().equals(name)) {
      throw new IllegalArgumentException(hold + " is not of election " + name);
    }
    return new Leadership(name, hold);
  }

  /**
   * Who leads now, linearizably: whoever led when the call began, or later.
   *
   * @throws UnavailableException when no node answered
   */
  public Leader leader() {
    ElectionBodies.Leader now =
        link.runtime().read("/v1/elections/" + UriText.path(name), ElectionBodies.Leader.class);
    return new Leader(
        name, now.candidate(), now.session(), now.token(), now.value(), now.revision());
  }

  /**
   * Tells who leads, now and after each change of the leader or of what it proclaims, on the events
   * thread. Changes that follow each other quickly may be told as one; the newest is always told.
   * What is told may be over already: who acts on it sends the token along.
   *
   * @throws SessionLostException when the session has ended
   */
  public Observation observe(Consumer<Leader> listener) {
    return new Observation(
        link,
        link.watch(
            name,
            false,
            watcher -> {
              var present = link.present(watcher);
              listener.accept(present.isEmpty() ? Leader.nobody(name) : Leader.of(present.get(0)));
            }));
  }

  /**
   * Runs tasks only while this candidate leads: see {@link LeaderExecutor}.
   *
   * @param threads that run tasks, at least 1
   */
  public LeaderExecutor executor(String candidate, int threads) {
    return new LeaderExecutor(this, candidate, threads);
  }

  /** Runs one task whenever this candidate leads: see {@link LeaderRunner}. */
  public LeaderRunner run(String candidate, LeaderTask task) {
    return new LeaderRunner(this, candidate, task);
  }

  SessionLink link() {
    return link;
  }

  private Hold campaigned(String candidate, @Nullable Duration wait) {
    Labels.check("a candidate", candidate, List.of());
    return link.acquire(new Ask(name, LockMode.EXCLUSIVE, wait, candidate, Duration.ZERO));
  }

  private Leadership await(Hold hold) throws InterruptedException {
    return new Leadership(name, Hold.await(link, hold));
  }
}
