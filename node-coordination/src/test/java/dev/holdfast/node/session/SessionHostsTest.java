// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.core.session.KeepAlive;
import dev.holdfast.core.session.Session;
import dev.holdfast.core.session.SessionClock;
import dev.holdfast.core.session.SessionCommand;
import dev.holdfast.core.session.SessionHost;
import dev.holdfast.core.session.SessionReply;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.node.transact.Transactor;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.CommitFate;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a host says of its sessions, on a clock that the test moves. */
final class SessionHostsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration NODE_LEASE = Duration.ofSeconds(10);
  private static final EntryKey KEY = Keys.session("s1");

  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger commitsRefused = new AtomicInteger();
  private volatile boolean refusing;
  private InMemoryCluster memory;
  private Coordinator coordinator;
  private Transactor<Session, SessionCommand, SessionReply> transactor;
  private SessionHosts hosts;

  @BeforeEach
  void start() {
    memory = new InMemoryCluster(now::get, NODE_LEASE);
    memory.open("n2");
    coordinator = refusable(memory.open("n1"));
    transactor =
        new Transactor<>(new SessionTransition(), coordinator, Meter.NONE, System::nanoTime);
    hosts = new SessionHosts(coordinator, transactor, now::get);
  }

  @AfterEach
  void stop() {
    hosts.close();
    memory.close();
  }

  @Test
  void acknowledgesNothingWhileTheExpiryThatItSubmittedIsUndecided() {
    var _ = host(Duration.ofSeconds(1));
    assertThat(keepAlive()).isInstanceOf(KeepAlive.Acknowledged.class);

    refusing = true;
    pass(Duration.ofSeconds(2));
    Await.until(LONG, "the expiry was submitted", () -> commitsRefused.get() > 0);

    assertThat(keepAlive()).isEqualTo(new KeepAlive.Refused(KeepAlive.Why.ENDING));
    refusing = false;
    Await.until(LONG, "it has ended", () -> !coordinator.read(KEY, LONG).isPresent());
  }

  @Test
  void acknowledgesNothingOnceItsOwnLeaseMayBeOver() {
    var _ = host(Duration.ofMinutes(10));
    memory.partition("n1", CommitFate.UNAVAILABLE);

    pass(NODE_LEASE);

    assertThat(keepAlive()).isEqualTo(new KeepAlive.Refused(KeepAlive.Why.LEASE_UNSURE));
  }

  @Test
  void acknowledgesNothingUnderALeaseThatItHasLost() {
    var _ = host(Duration.ofMinutes(10));

    memory.endLease("n1"); // It gets another one at once.

    assertThat(keepAlive()).isEqualTo(new KeepAlive.Refused(KeepAlive.Why.NOT_HOST));
  }

  @Test
  void aSessionThatIsEndingGoesOnEndingWhenItsAdoptionIsToldLate() {
    Session session = host(Duration.ofSeconds(1));
    refusing = true;
    pass(Duration.ofSeconds(2));
    Await.until(LONG, "the expiry was submitted", () -> commitsRefused.get() > 0);

    hosts.host("s1", session, SessionClock.adopted(session, now.get(), NODE_LEASE));

    assertThat(keepAlive()).isEqualTo(new KeepAlive.Refused(KeepAlive.Why.ENDING));
    refusing = false;
    Await.until(LONG, "it has ended", () -> !coordinator.read(KEY, LONG).isPresent());
  }

  @Test
  void newsOfAnEarlierAdoptionDoNotReplaceALaterOne() {
    Session earlier = host(Duration.ofMinutes(10));
    SessionHost other = new SessionHost("n2", 77);
    var _ = adopt(other, earlier.host());
    Session later = adopt(earlier.host(), other);
    hosts.host("s1", later, SessionClock.adopted(later, now.get(), NODE_LEASE));

    hosts.host("s1", earlier, SessionClock.created(earlier, now.get()));
    pass(Duration.ofMinutes(11));

    Await.until(LONG, "it has ended", () -> !coordinator.read(KEY, LONG).isPresent());
  }

  private Session adopt(SessionHost by, SessionHost from) {
    SessionCommand adopt =
        new SessionCommand.Adopt(by, from, SessionCommand.Grounds.KEEP_ALIVE_IN_HAND);
    SessionReply reply = transactor.submit(KEY, adopt, LONG).reply();
    return ((SessionReply.Adopted) reply).session();
  }

  private Session host(Duration ttl) {
    SessionHost self = new SessionHost("n1", coordinator.lease().id());
    SessionReply reply =
        transactor
            .submit(KEY, new SessionCommand.Create(ttl.toMillis(), self, memory.revision()), LONG)
            .reply();
    Session session = ((SessionReply.Created) reply).session();
    hosts.host("s1", session, SessionClock.created(session, now.get()));
    return session;
  }

  private KeepAlive keepAlive() {
    return hosts.keepAlive("s1", coordinator.readLocal(KEY).observation());
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
    memory.tick();
  }

  /** The same coordinator, whose commits leave only while {@link #refusing} is off. */
  private Coordinator refusable(Coordinator open) {
    return (Coordinator)
        Proxy.newProxyInstance(
            Coordinator.class.getClassLoader(),
            new Class<?>[] {Coordinator.class},
            (_, method, arguments) -> {
              if (refusing && method.getName().equals("commitAsync")) {
                commitsRefused.incrementAndGet();
                return CompletableFuture.failedFuture(new UnavailableException("Not now"));
              }
              try {
                return method.invoke(open, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
