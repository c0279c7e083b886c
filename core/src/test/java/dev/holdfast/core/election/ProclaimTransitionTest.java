// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.election;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.core.transition.Decision;
import dev.holdfast.core.transition.Sight;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ProclaimTransitionTest {
  private static final EntryKey KEY = Keys.proclaimed("primary");
  private static final Owner ANN = new Owner("s-ann", "ann~1");
  private static final Owner BOB = new Owner("s-bob", "bob~1");
  private static final Condition HELD =
      new Condition.AtVersion(Keys.claim("s-ann", "primary", "ann~1"), 40);

  private final ProclaimTransition rules = new ProclaimTransition();

  private Decision<Proclaimed, ProclaimReply> tell(@Nullable Proclaimed present, Proclaimed next) {
    return rules.decide(present, new ProclaimCommand.Proclaim(next, HELD), new Sight(KEY, 50, 0));
  }

  @Test
  void writesOnlyWhileTheClaimOfTheGrantHasNotMoved() {
    Proclaimed next = new Proclaimed(ANN, 17, 1, "ann:80");

    Decision<Proclaimed, ProclaimReply> decision = tell(null, next);

    assertThat(decision)
        .isEqualTo(
            new Decision.Become<>(next, new ProclaimReply.Known(1), List.of(HELD), List.of()));
    assertThat(
            rules.refuse(
                new ProclaimCommand.Proclaim(next, HELD),
                new Observation(HELD.key(), null, 45, 50)))
        .isEqualTo(new ProclaimReply.NotHeld());
  }

  @Test
  void replacesWhatAnEarlierGrantHasLeft() {
    Proclaimed old = new Proclaimed(BOB, 16, 9, "bob:80");

    assertThat(tell(old, new Proclaimed(ANN, 17, 1, "ann:80")).reply())
        .isEqualTo(new ProclaimReply.Known(1));
    assertThat(tell(old, new Proclaimed(ANN, 17, 1, "ann:80"))).isInstanceOf(Decision.Become.class);
  }

  @Test
  void keepsTheLastValueOfAHolderWhenAnEarlierOneArrivesLateOrTwice() {
    Proclaimed known = new Proclaimed(ANN, 17, 2, "new");

    assertThat(tell(known, new Proclaimed(ANN, 17, 1, "late")))
        .isEqualTo(new Decision.Keep<>(new ProclaimReply.Known(2)));
    assertThat(tell(known, known)).isEqualTo(new Decision.Keep<>(new ProclaimReply.Known(2)));
  }

  @Test
  void refusesAnOlderGrant() {
    Proclaimed known = new Proclaimed(BOB, 18, 1, "bob:80");

    assertThat(tell(known, new Proclaimed(ANN, 17, 5, "deposed")))
        .isEqualTo(new Decision.Keep<>(new ProclaimReply.NotHeld()));
  }

  @Test
  void sweepsOnlyWhatItSaw() {
    Proclaimed known = new Proclaimed(ANN, 17, 2, "new");
    ProclaimCommand sweep = new ProclaimCommand.Sweep(known);

    assertThat(rules.decide(known, sweep, new Sight(KEY, 50, 0)))
        .isInstanceOf(Decision.Vanish.class);
    assertThat(rules.decide(new Proclaimed(BOB, 18, 1, "b"), sweep, new Sight(KEY, 50, 0)))
        .isInstanceOf(Decision.Keep.class);
  }

  @Test
  void readsBackWhatItWrote() {
    Proclaimed known = new Proclaimed(ANN, Long.MAX_VALUE, 7, "ü");

    assertThat(rules.decode(rules.encode(known))).isEqualTo(known);
    assertThat(rules.encode(new Proclaimed(BOB, 1, 1, "")).toHex())
        .isEqualTo("0105732d626f6205626f627e31010100");
  }
}
