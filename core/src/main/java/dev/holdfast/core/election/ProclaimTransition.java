// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.election;

import dev.holdfast.core.transition.Decision;
import dev.holdfast.core.transition.Sight;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Observation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules of a proclamation. The package text explains them. */
public final class ProclaimTransition
    implements Transition<Proclaimed, ProclaimCommand, ProclaimReply> {

  @Override
  public Decision<Proclaimed, ProclaimReply> decide(
      @Nullable Proclaimed present, ProclaimCommand command, Sight sight) {
    return switch (command) {
      case ProclaimCommand.Proclaim proclaim -> proclaim(present, proclaim);
      case ProclaimCommand.Sweep sweep ->
          sweep.expected().equals(present)
              ? new Decision.Vanish<>(new ProclaimReply.Swept(), List.of(), List.of())
              : new Decision.Keep<>(new ProclaimReply.Swept());
    };
  }

  private static Decision<Proclaimed, ProclaimReply> proclaim(
      @Nullable Proclaimed present, ProclaimCommand.Proclaim proclaim) {
    Proclaimed next = proclaim.next();
    if (present != null && present.token() > next.token()) {
      return new Decision.Keep<>(new ProclaimReply.NotHeld());
    }
    if (present != null
        && present.token() == next.token()
        && present.sequence() >= next.sequence()) {
      return new Decision.Keep<>(new ProclaimReply.Known(present.sequence()));
    }
    return new Decision.Become<>(
        next, new ProclaimReply.Known(next.sequence()), List.of(proclaim.held()), List.of());
  }

  @Override
  public @Nullable ProclaimReply refuse(ProclaimCommand command, Observation failed) {
    return switch (command) {
      case ProclaimCommand.Proclaim _ -> new ProclaimReply.NotHeld();
      case ProclaimCommand.Sweep _ -> null;
    };
  }

  @Override
  public Bytes encode(Proclaimed state) {
    return state.encode();
  }

  @Override
  public Proclaimed decode(Bytes value) {
    return Proclaimed.decode(value);
  }
}
