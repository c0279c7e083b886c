// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import dev.holdfast.protocol.LockMode;
import java.util.List;

/** One frame of every type, and a few more where an encoding has several forms. */
final class Examples {
  static final String SESSION = "s-5f0c21d8e4b7";
  static final String HOLDER = "h-91ab3c";
  static final String LOCK = "jobs/nightly";
  static final long REVISION = 48_213;
  static final Blob VALUE = Blob.wrap(new byte[] {0, 1, (byte) 0xff});

  static final List<Frame> ALL =
      List.of(
          new ClientFrame.Hello("holdfast-java/0.1.0", REVISION),
          new ClientFrame.OpenSession(1, 10_000, REVISION),
          new ClientFrame.ResumeSession(
              2,
              SESSION,
              REVISION,
              List.of(
                  new HandleRef(LOCK, HOLDER, LockMode.EXCLUSIVE),
                  new HandleRef("Zähler", "h-2", LockMode.permits(2, 10)))),
          new ClientFrame.KeepAlive(3, SESSION),
          new ClientFrame.CloseSession(4, SESSION),
          new ClientFrame.Acquire(5, SESSION, HOLDER, LOCK, LockMode.EXCLUSIVE, 5_000, REVISION),
          new ClientFrame.Acquire(6, SESSION, HOLDER, LOCK, LockMode.SHARED, 0, REVISION),
          new ClientFrame.Acquire(
              7, SESSION, HOLDER, LOCK, LockMode.permits(1, 3), FrameLimits.WAIT_FOREVER, 0),
          new ClientFrame.Cancel(8, SESSION, HOLDER, LOCK),
          new ClientFrame.Release(9, SESSION, HOLDER, LOCK, 17),
          new ServerFrame.Welcome(
              "n1",
              REVISION,
              List.of(
                  new NodeAddress("n1", "http://127.0.0.1:7600"),
                  new NodeAddress("n2", "http://127.0.0.1:7610"))),
          new ServerFrame.SessionOpened(1, SESSION, 10_000, REVISION),
          new ServerFrame.SessionResumed(
              2,
              SESSION,
              10_000,
              REVISION,
              List.of(
                  new HandleState(LOCK, HOLDER, HandleState.Standing.HELD, 17, 0),
                  new HandleState("Zähler", "h-2", HandleState.Standing.QUEUED, 0, 4),
                  new HandleState("gone", "h-3", HandleState.Standing.ABSENT, 0, 0))),
          new ServerFrame.KeptAlive(3, SESSION, REVISION),
          new ServerFrame.SessionClosed(4, SESSION, REVISION),
          new ServerFrame.Queued(5, SESSION, HOLDER, LOCK, 2, REVISION),
          new ServerFrame.Granted(5, SESSION, HOLDER, LOCK, 17, REVISION, "http://127.0.0.1:7610"),
          new ServerFrame.Granted(0, SESSION, HOLDER, LOCK, 1L << 40, 1L << 41, ""),
          new ServerFrame.Released(9, SESSION, HOLDER, LOCK, REVISION),
          new ServerFrame.Cancelled(8, SESSION, HOLDER, LOCK, REVISION),
          new ServerFrame.Lost(SESSION, HOLDER, LOCK, 17, "SESSION_EXPIRED", REVISION),
          new ServerFrame.SessionEnded(0, SESSION, "SESSION_EXPIRED", REVISION),
          new ServerFrame.Failed(5, 503, "NO_MAJORITY", "no leader since 2 s", "try again", true),
          new ClientFrame.PutEntry(
              10, SESSION, 0, 1, false, "config", "a/b", VALUE, FrameLimits.ANY_VERSION, ""),
          new ClientFrame.PutEntry(
              11, SESSION, 1, 7, true, "config", "a/b", Blob.EMPTY, REVISION, "jobs;17"),
          new ClientFrame.DeleteEntry(12, SESSION, 2, 3, false, "config", "a/b", REVISION, ""),
          new ClientFrame.WriteEntries(
              13,
              SESSION,
              3,
              1,
              false,
              "config",
              List.of(
                  new EntryWrite("a", false, VALUE, FrameLimits.ANY_VERSION),
                  new EntryWrite("b", true, Blob.EMPTY, REVISION),
                  new EntryWrite("Zähler", false, VALUE, 0)),
              ""),
          new ClientFrame.GetEntry(14, "config", "a/b", true),
          new ClientFrame.ListEntries(15, "config", "a/", "a/b", 100, true),
          new ClientFrame.CountEntries(16, "config"),
          new ClientFrame.WatchEntries(17, 1, "config", "a/"),
          new ClientFrame.UnwatchEntries(1),
          new ServerFrame.EntriesWritten(10, REVISION),
          new ServerFrame.EntryValue(14, REVISION, 47_000, VALUE, 12),
          new ServerFrame.EntryValue(14, REVISION, 0, Blob.EMPTY, -1),
          new ServerFrame.EntryPage(
              15, REVISION, List.of(new EntryItem("a/c", 47_000, VALUE)), true),
          new ServerFrame.EntryCounts(16, REVISION, 3, 700, 9_000, 1L << 28),
          new ServerFrame.EntriesWatched(17, 1, REVISION),
          new ServerFrame.EntriesChanged(
              1,
              List.of(
                  new EntryChange("a/c", REVISION, false, VALUE),
                  new EntryChange("a/d", REVISION + 1, true, Blob.EMPTY))),
          new ServerFrame.EntriesResync(1, REVISION),
          new ClientFrame.AddToCounter(18, SESSION, 0, 4, false, "hits", -2),
          new ClientFrame.SetCounter(19, SESSION, 0, 5, false, "hits", Long.MIN_VALUE),
          new ClientFrame.CompareAndSetCounter(20, SESSION, 0, 6, true, "hits", 3, 4),
          new ClientFrame.ReadCounter(21, "hits"),
          new ClientFrame.SetLatch(22, SESSION, 0, 7, false, "ready", 3),
          new ClientFrame.CountDown(23, SESSION, 0, 8, false, "ready", 1),
          new ClientFrame.AwaitLatch(24, "ready", -1, 5_000),
          new ServerFrame.CounterValue(18, REVISION, -7, -9),
          new ServerFrame.LatchCount(23, REVISION, 1, 2, true),
          new ClientFrame.Downgrade(10, SESSION, HOLDER, LOCK, 17),
          new ClientFrame.Proclaim(11, SESSION, HOLDER, LOCK, 17, 1, "10.0.0.7:8080"),
          new ClientFrame.Observe(12, SESSION, LOCK, false, REVISION),
          new ClientFrame.Unobserve(13, SESSION, "~group/workers/", true),
          new ClientFrame.AcquireDelayed(
              14, SESSION, HOLDER, LOCK, LockMode.EXCLUSIVE, 0, REVISION, 5_000),
          new ServerFrame.Proclaimed(11, SESSION, HOLDER, LOCK, 1, REVISION),
          new ServerFrame.Leader(
              SESSION, LOCK, SESSION, "north~" + HOLDER, 17, "10.0.0.7:8080", REVISION),
          new ServerFrame.Observed(12, SESSION, LOCK, false, REVISION),
          new ServerFrame.Unobserved(13, SESSION, "~group/workers/", true),
          new ClientFrame.SubscribeEvents(10, "mbkq1x7e-41", "leader_elected"),
          new ServerFrame.Event(
              0,
              "mbkq1x7e-42",
              "leader_elected",
              "2026-07-14T09:26:53.589Z",
              "n1",
              List.of(new EventDetail("leader", "n2"), new EventDetail("term", "7"))),
          new ClientFrame.ArriveAtBarrier(25, SESSION, 0, 9, false, "step", "p-1", 3),
          new ClientFrame.LeaveBarrier(26, SESSION, 0, 10, false, "step", "p-1", 0),
          new ClientFrame.AwaitBarrier(27, "step", 0, 5_000),
          new ServerFrame.BarrierState(25, REVISION, 0, 2, 3, true),
          new ClientFrame.WriteEphemerals(
              28,
              SESSION,
              4,
              1,
              false,
              "config",
              List.of(new EntryWrite("a", false, VALUE, FrameLimits.ANY_VERSION)),
              "",
              30_000),
          new ServerFrame.LeaderAt("n2", "http://127.0.0.1:7610"));

  private Examples() {}
}
