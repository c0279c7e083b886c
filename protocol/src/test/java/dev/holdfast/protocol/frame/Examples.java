package dev.holdfast.protocol.frame;

import dev.holdfast.protocol.LockMode;
import java.util.List;

/** One frame of every type, and a few more where an encoding has several forms. */
final class Examples {
  static final String SESSION = "s-5f0c21d8e4b7";
  static final String HOLDER = "h-91ab3c";
  static final String LOCK = "jobs/nightly";
  static final long REVISION = 48_213;

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
          new ServerFrame.Failed(5, 503, "NO_MAJORITY", "no leader since 2 s", "try again", true));

  private Examples() {}
}
