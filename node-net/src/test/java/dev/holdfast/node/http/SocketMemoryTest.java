// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SocketMemoryTest {
  /** The thread that makes room, when the test lets it run. */
  private final Deque<Runnable> tasks = new ArrayDeque<>();

  private final SocketMemory memory = new SocketMemory(1_000, 100, tasks::add);
  private final List<String> cut = new ArrayList<>();

  @Test
  void cutsOffTheSlowestAndNobodyElse() {
    SocketMemory.Account slow = open("slow");
    SocketMemory.Account quick = open("quick");
    quick.unread(300);
    slow.unread(700);
    assertThat(tasks).isEmpty();

    quick.unread(1);
    makeRoom();

    assertThat(cut).containsExactly("slow");
    assertThat(memory.unreadBytes()).isEqualTo(301);
    assertThat(memory.cutOff()).isEqualTo(1);
  }

  @Test
  void goesOnUntilThereIsRoom() {
    for (int i = 1; i <= 5; i++) {
      open("c" + i).unread(400 + i);
    }

    makeRoom();

    assertThat(cut).containsExactly("c5", "c4", "c3");
    assertThat(memory.unreadBytes()).isEqualTo(401 + 402);
  }

  /** What was cut off counts for nothing, however long its connection takes to give it back. */
  @Test
  void countsNothingOfAConnectionThatIsOver() {
    SocketMemory.Account slow = open("slow");
    slow.unread(2_000);
    makeRoom();
    SocketMemory.Account closed = open("closed");
    closed.unread(200);
    closed.close();

    slow.unread(-2_000);
    slow.unread(5_000);
    closed.unread(-200);

    assertThat(memory.unreadBytes()).isZero();
    assertThat(tasks).isEmpty();
  }

  /**
   * Room is made by another thread, which may be late: senders must not fill the heap meanwhile.
   */
  @Test
  void letsASenderGoOnForAQuarterMoreUntilRoomIsMade() {
    SocketMemory.Account one = open("one");
    SocketMemory.Account idle = open("idle");

    one.unread(1_250);
    assertThat(one.isOverfull()).isFalse();
    one.unread(1);

    assertThat(one.isOverfull()).isTrue();
    assertThat(idle.isOverfull()).as("it has nothing that could be dropped").isFalse();
    makeRoom();
    assertThat(open("next").isOverfull()).isFalse();
  }

  @Test
  void refusesRequestsBeyondItsLimitUntilOthersAreAnswered() {
    SocketMemory.Account one = memory.open();
    SocketMemory.Account other = memory.open();

    assertThat(one.begin(60)).isTrue();
    assertThat(other.begin(60)).isFalse();
    assertThat(other.begin(40)).isTrue();
    one.end(60);

    assertThat(other.begin(60)).isTrue();
    assertThat(memory.pendingBytes()).isEqualTo(100);
  }

  private void makeRoom() {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  private SocketMemory.Account open(String name) {
    SocketMemory.Account account = memory.open();
    account.onCutOff(() -> cut.add(name));
    return account;
  }
}
