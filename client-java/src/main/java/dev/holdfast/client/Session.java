// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.LockMode;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * A lease that this client keeps alive, and the owner of its locks: {@code CONNECTED ⇄ SUSPENDED →
 * LOST | CLOSED}. When its node dies, the session goes on through another one, with the same holds
 * and tokens. When no node acknowledges a renewal until the deadline, it is LOST here, before the
 * cluster can pass its locks on: at the earliest a TTL after the send of the last acknowledged
 * renewal. Thread-safe.
 */
public final class Session implements AutoCloseable {
  private final SessionLink link;

  Session(SessionLink link) {
    this.link = link;
  }

  SessionLink link() {
    return link;
  }

  public String id() {
    return link.id();
  }

  public Duration ttl() {
    return link.ttl();
  }

  public SessionState state() {
    link.expireIfDue();
    return link.state();
  }

  /** How long the session surely lives if no renewal succeeds any more. */
  public Duration remaining() {
    return link.remaining();
  }

  /** Tells each new state, in order, on the events thread. */
  public Session onChange(Consumer<SessionState> listener) {
    link.listeners().add(listener);
    return this;
  }

  /** Takes back {@link #onChange}. */
  public Session removeListener(Consumer<SessionState> listener) {
    link.listeners().remove(listener);
    return this;
  }

  /** The lock of that name, exclusive. Costs nothing until it is acquired. */
  public LockClient lock(String name) {
    return new LockClient(link, name, LockMode.EXCLUSIVE);
  }

  /** The replicated map of that name, with values of text. Costs nothing until it is used. */
  public MapClient<String> map(String name) {
    return map(name, Codec.TEXT);
  }

  /** The replicated map of that name. */
  public <V> MapClient<V> map(String name, Codec<V> codec) {
    return new MapClient<>(() -> link, name, codec, MapTerms.PLAIN, new Listeners<>(link.events()));
  }

  /** The replicated number of that name. */
  public CounterClient counter(String name) {
    return new CounterClient(() -> link, name);
  }

  /** The count-down latch of that name. */
  public LatchClient latch(String name) {
    return new LatchClient(() -> link, name);
  }

  /** The lock of that name, with reentrancy that is counted by owner. */
  public ReentrantLockClient reentrantLock(String name) {
    return new ReentrantLockClient(link, name);
  }

  /** The lock of that name for readers and writers. */
  public ReadWriteLockClient readWriteLock(String name) {
    return new ReadWriteLockClient(link, name);
  }

  /**
   * The semaphore of that name.
   *
   * @param max permits of all holders together; all who use it name the same number
   */
  public Semaphore semaphore(String name, int max) {
    return new Semaphore(link, name, max);
  }

  /** Several exclusive locks as one: all of them or none. */
  public MultiLock multiLock(String... names) {
    return multiLock(Arrays.stream(names).map(this::lock).toList());
  }

  /**
   * Several locks of this session as one: all of them or none.
   *
   * @throws IllegalArgumentException when there is none, one twice, or one of another session
   */
  public MultiLock multiLock(List<LockClient> locks) {
    return new MultiLock(link, locks);
  }

  /** The election of that name. */
  public Election election(String name) {
    return new Election(link, name);
  }

  /** The group of that name. */
  public Group group(String name) {
    return new Group(link, name);
  }

  /** The barrier of that name, for 1 to 100 parties. */
  public BarrierClient barrier(String name, int parties) {
    return new BarrierClient(() -> link, name, parties);
  }

  /**
   * Ends the session: releases what it holds, withdraws what it waits for. Waits for the answer, at
   * most two seconds; when no node answers, the session ends by itself within its TTL.
   */
  @Override
  public void close() {
    link.close();
  }
}
