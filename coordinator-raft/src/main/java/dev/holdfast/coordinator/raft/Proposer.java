// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.Deadline;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one batch of this node in flight and collects the next meanwhile (R1).
 *
 * <p>A batch leaves only when a leader is known. Once it has left, its outcome is unknown until its
 * answers arrive, from the leader or from this node's own apply: it is sent again, unchanged, until
 * they do. The replicated state answers a repeat with the first results.
 */
final class Proposer implements AutoCloseable {
  private static final int BATCH_COMMANDS_MAX = BatchCheck.COMMANDS_MAX;
  private static final long BATCH_BYTES_MAX = 1 << 20;
  private static final int QUEUE_COMMANDS_MAX = 20_000;
  private static final long QUEUE_BYTES_MAX = 32 << 20;
  private static final long LEADER_POLL_MILLIS = 5;

  /** So few answers cost less than a thread of their own. */
  private static final int ANSWERS_INLINE_MAX = 4;

  /** How often commits that nobody's thread waits for are compared with their deadlines. */
  private static final long OVERDUE_CHECK_MILLIS = 50;

  /** How soon an attempt is given up for a new leader: the old one may be stopped, not dead. */
  private static final long LEADER_CHECK_MILLIS = 50;

  /** How often a thread that waits looks whether there is a leader to wait for. */
  private static final long WAIT_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long RESEND_MILLIS_MIN = 5;
  private static final long RESEND_MILLIS_MAX = 200;

  private final RaftLink link;
  private final String origin;
  private final Meter meter;
  private final ElectionWait electionWait;
  private final Fatality fatality;
  private final LongSupplier nanos;
  private final long attemptMillisMax;
  private final Thread thread;
  private final Thread overdue;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition notEmpty = lock.newCondition();
  private final ArrayDeque<Pending> queue = new ArrayDeque<>();
  private long queueBytes;
  private final Departure departure = new Departure();

  /** Its thread waits for the first commit of a batch. */
  private boolean idle;

  private long sequence;
  private volatile @Nullable InFlight inFlight;
  private volatile boolean closed;

  /**
   * @param firstSequence higher than any that this origin has used, also before a restart
   */
  Proposer(
      RaftLink link,
      String origin,
      long firstSequence,
      long attemptMillisMax,
      ElectionWait electionWait,
      Meter meter,
      Fatality fatality,
      LongSupplier nanos) {
    this.link = link;
    this.origin = origin;
    this.sequence = firstSequence;
    this.attemptMillisMax = attemptMillisMax;
    this.electionWait = electionWait;
    this.meter = meter;
    this.fatality = fatality;
    this.nanos = nanos;
    this.thread = Thread.ofPlatform().name("raft-proposer-" + origin).daemon().unstarted(this::run);
    this.overdue =
        Thread.ofPlatform()
            .name("raft-deadlines-" + origin)
            .daemon()
            .unstarted(this::giveUpOverdue);
  }

  void start() {
    thread.start();
    overdue.start();
  }

  private enum Stage {
    QUEUED,
    SENT,
    CANCELLED
  }

  private static final class Pending {
    private final Command command;
    private final long sizeBytes;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.QUEUED);

    /** Of one that no thread waits for; null when a thread looks at the clock itself. */
    private final @Nullable Deadline deadline;

    Pending(Command command, long sizeBytes, @Nullable Deadline deadline) {
      this.command = command;
      this.sizeBytes = sizeBytes;
      this.deadline = deadline;
    }

    boolean isOverdue() {
      return deadline != null && deadline.hasPassed() && !answer.isDone();
    }
  }

  /**
   * @param landed follows the answers, with all that they bring about
   */
  private record InFlight(
      long sequence,
      List<Pending> batch,
      CompletableFuture<ByteBuffer> answers,
      CompletableFuture<?> landed) {}

  /**
   * Blocks until the answer, or until the deadline: then {@link UnavailableException} when the
   * command never left, else {@link OutcomeUnknownException}. One that has not left is given up
   * before, when an election takes too long.
   */
  Answer submit(Command command, long sizeBytes, Deadline deadline) {
    Pending pending = enqueue(command, sizeBytes, null);
    try {
      while (true) {
        long left = deadline.leftNanos();
        try {
          return pending.answer.get(Math.min(left, WAIT_CHECK_NANOS), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          if (left <= WAIT_CHECK_NANOS) {
            throw gaveUp(pending, e);
          }
          UnavailableException lost = electionWait.over();
          if (lost != null && pending.stage.compareAndSet(Stage.QUEUED, Stage.CANCELLED)) {
            throw lost;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw gaveUp(pending, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CoordinatorException known) {
        throw known;
      }
      throw new OutcomeUnknownException("The commit failed", e);
    }
  }

  private static CoordinatorException gaveUp(Pending pending, Exception cause) {
    return pending.stage.compareAndSet(Stage.QUEUED, Stage.CANCELLED)
        ? new UnavailableException(
            "No leader took the commit in time; it never left this node", cause)
        : RaftErrors.unknown("The commit");
  }

  /** Without a deadline: completes when the answer is known. */
  CompletableFuture<Answer> submit(Command command) {
    return enqueue(command, 64, null).answer;
  }

  /** {@link #submit} without a thread that waits; completes a little after the deadline at most. */
  CompletableFuture<Answer> submitAsync(Command command, long sizeBytes, Deadline deadline) {
    return enqueue(command, sizeBytes, deadline).answer;
  }

  private void giveUpOverdue() {
    try {
      while (!closed) {
        Thread.sleep(OVERDUE_CHECK_MILLIS);
        List<Pending> found = overdue();
        giveUpLeaderless();
        if (!found.isEmpty()) {
          Thread.ofVirtual()
              .name("raft-overdue")
              .start(() -> {
                for (Pending pending : found) {
                  pending.answer.completeExceptionally(
                      gaveUp(pending, new TimeoutException("no answer in time")));
                }
              });
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Of those that no thread waits for; they stay in the queue, and are passed over there. */
  private void giveUpLeaderless() {
    UnavailableException lost = electionWait.over();
    if (lost == null) {
      return;
    }
    List<Pending> given;
    lock.lock();
    try {
      given =
          queue.stream()
              .filter(pending -> pending.deadline != null)
              .filter(pending -> pending.stage.compareAndSet(Stage.QUEUED, Stage.CANCELLED))
              .toList();
    } finally {
      lock.unlock();
    }
    if (!given.isEmpty()) {
      Thread.ofVirtual()
          .name("raft-leaderless")
          .start(() -> given.forEach(one -> one.answer.completeExceptionally(lost)));
    }
  }

  private List<Pending> overdue() {
    List<Pending> found = new ArrayList<>();
    lock.lock();
    try {
      for (Pending pending : queue) {
        if (pending.isOverdue()) {
          found.add(pending);
        }
      }
    } finally {
      lock.unlock();
    }
    InFlight flight = inFlight;
    if (flight != null) {
      for (Pending pending : flight.batch()) {
        if (pending.isOverdue()) {
          found.add(pending);
        }
      }
    }
    return found;
  }

  private Pending enqueue(Command command, long sizeBytes, @Nullable Deadline deadline) {
    Pending pending = new Pending(command, sizeBytes, deadline);
    lock.lock();
    try {
      if (closed) {
        throw new UnavailableException("The coordinator is closed");
      }
      if (queue.size() >= QUEUE_COMMANDS_MAX || queueBytes + sizeBytes > QUEUE_BYTES_MAX) {
        throw new UnavailableException(
            "Busy: " + queue.size() + " commits wait on this node; try again later");
      }
      queue.addLast(pending);
      queueBytes += sizeBytes;
      if (idle || departure.isDue(queue.size(), nanos.getAsLong())) {
        notEmpty.signal();
      }
    } finally {
      lock.unlock();
    }
    return pending;
  }

  /** This node has applied a batch of its own: the answers, whatever became of the reply. */
  void applied(long batchSequence, byte[] answers) {
    InFlight waiting = inFlight;
    if (waiting != null && waiting.sequence() == batchSequence) {
      waiting.answers().complete(ByteBuffer.wrap(answers));
    }
  }

  private void run() {
    try {
      while (awaitWork()) {
        RaftPeerId leader = awaitLeader();
        List<Pending> batch = leader == null ? List.of() : take();
        if (leader != null && !batch.isEmpty()) {
          send(batch, leader);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      fatality.report("The proposer has failed", e);
    }
  }

  private boolean awaitWork() throws InterruptedException {
    lock.lock();
    try {
      while (queue.isEmpty() && !closed) {
        idle = true;
        notEmpty.await();
      }
      idle = false;
      while (!closed && !departure.isDue(queue.size(), nanos.getAsLong())) {
        var _ = notEmpty.awaitNanos(departure.remainingNanos(nanos.getAsLong()));
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable RaftPeerId awaitLeader() throws InterruptedException {
    while (!closed) {
      RaftPeerId leader = link.leader();
      if (leader != null) {
        return leader;
      }
      Thread.sleep(LEADER_POLL_MILLIS);
    }
    return null;
  }

  private List<Pending> take() {
    List<Pending> batch = new ArrayList<>();
    long bytes = 0;
    lock.lock();
    try {
      while (batch.size() < BATCH_COMMANDS_MAX) {
        Pending next = queue.peekFirst();
        if (next == null || (!batch.isEmpty() && bytes + next.sizeBytes > BATCH_BYTES_MAX)) {
          break;
        }
        queue.removeFirst();
        queueBytes -= next.sizeBytes;
        if (next.stage.compareAndSet(Stage.QUEUED, Stage.SENT)) {
          batch.add(next);
          bytes += next.sizeBytes;
        }
      }
      departure.left(batch.size(), nanos.getAsLong());
    } finally {
      lock.unlock();
    }
    return batch;
  }

  private void send(List<Pending> batch, RaftPeerId firstLeader) throws InterruptedException {
    InFlight flight = flight(batch);
    byte[] entry =
        LogCodec.encodeBatch(
            new Command.Batch(
                origin, flight.sequence(), batch.stream().map(p -> p.command).toList()));
    meter.record("raft.batch.transactions", batch.size());
    meter.record("raft.batch.bytes", entry.length);
    inFlight = flight;
    try {
      sendUntilAnswered(flight, firstLeader, entry);
    } finally {
      if (flight.answers().cancel(false) || batch.size() > ANSWERS_INLINE_MAX) {
        landed(batch, flight.answers());
      }
    }
  }

  /** A small batch lands on the thread that brings its answers: one hand-off less. */
  private InFlight flight(List<Pending> batch) {
    CompletableFuture<ByteBuffer> answers = new CompletableFuture<>();
    CompletableFuture<?> landed =
        batch.size() > ANSWERS_INLINE_MAX ? answers : answers.thenRun(() -> landed(batch, answers));
    return new InFlight(sequence++, batch, answers, landed);
  }

  private void landed(List<Pending> batch, CompletableFuture<ByteBuffer> answers) {
    inFlight = null;
    lock.lock();
    try {
      departure.answered(queue.size(), nanos.getAsLong());
    } finally {
      lock.unlock();
    }
    deliver(batch, answers.isCancelled() ? null : answers.getNow(null));
  }

  private void sendUntilAnswered(InFlight flight, RaftPeerId firstLeader, byte[] entry)
      throws InterruptedException {
    long pauseMillis = RESEND_MILLIS_MIN;
    RaftPeerId leader = firstLeader;
    while (!attempt(flight, leader, entry)) {
      meter.count("raft.batch.resent", 1);
      Thread.sleep(pauseMillis);
      pauseMillis = Math.min(RESEND_MILLIS_MAX, pauseMillis * 2);
      RaftPeerId known = awaitLeader();
      if (known == null) {
        return;
      }
      leader = known;
    }
  }

  /** True when the answers are there. */
  private boolean attempt(InFlight flight, RaftPeerId leader, byte[] entry)
      throws InterruptedException {
    CompletableFuture<Void> reply =
        link.propose(leader, entry)
            .thenAccept(answers -> {
              if (answers.hasRemaining()) {
                flight.answers().complete(answers);
              }
            });
    CompletableFuture<Object> first = CompletableFuture.anyOf(flight.landed(), reply);
    Deadline end = Deadline.after(Duration.ofMillis(attemptMillisMax), nanos);
    while (!isSettled(first) && !end.hasPassed()) {
      RaftPeerId known = link.leader();
      if (known != null && !known.equals(leader)) {
        break;
      }
    }
    return flight.landed().isDone();
  }

  /**
   * Waits a moment. A failure settles an attempt too: its outcome is unknown, so it is repeated.
   */
  private static boolean isSettled(CompletableFuture<?> attempt) throws InterruptedException {
    try {
      attempt.get(LEADER_CHECK_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException _) {
      return true;
    } catch (TimeoutException _) {
      return false;
    }
  }

  /**
   * Wakes the threads that wait, here. What hangs on the other answers runs on one thread of its
   * own for the whole batch, unless it is a small one: the next batch leaves meanwhile.
   */
  private static void deliver(List<Pending> batch, @Nullable ByteBuffer encoded) {
    List<Answer> answers =
        encoded == null ? List.of() : LogCodec.decodeAnswers(encoded.duplicate());
    boolean complete = answers.size() == batch.size();
    boolean inline = batch.size() <= ANSWERS_INLINE_MAX;
    boolean anyAsync = false;
    for (int i = 0; i < batch.size(); i++) {
      Pending pending = batch.get(i);
      if (pending.deadline != null && !inline) {
        anyAsync = true;
      } else {
        settle(pending, complete ? answers.get(i) : null);
      }
    }
    if (anyAsync) {
      Thread.ofVirtual()
          .name("raft-answers")
          .start(() -> {
            for (int i = 0; i < batch.size(); i++) {
              if (batch.get(i).deadline != null) {
                settle(batch.get(i), complete ? answers.get(i) : null);
              }
            }
          });
    }
  }

  private static void settle(Pending pending, @Nullable Answer answer) {
    if (answer != null) {
      pending.answer.complete(answer);
    } else {
      pending.answer.completeExceptionally(RaftErrors.unknown("The commit"));
    }
  }

  /** What has left stays unknown; what has not left is refused. */
  @Override
  public void close() {
    List<Pending> refused;
    lock.lock();
    try {
      closed = true;
      refused = new ArrayList<>(queue);
      queue.clear();
      notEmpty.signal();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
    overdue.interrupt();
    for (Pending pending : refused) {
      pending.stage.set(Stage.CANCELLED);
      pending.answer.completeExceptionally(new UnavailableException("The coordinator is closed"));
    }
    try {
      thread.join(1_000);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
