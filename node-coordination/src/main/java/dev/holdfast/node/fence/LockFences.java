// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.fence;

import dev.holdfast.core.Keys;
import dev.holdfast.core.Names;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.Grant;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import java.time.Duration;
import java.util.Optional;

/** {@link Fences} over the lock's entry and the claim of its holder. */
public final class LockFences implements Fences {
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(5);

  private final Coordinator coordinator;
  private final LockTransition transition = new LockTransition();

  public LockFences(Coordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public Verdict judge(String fence) {
    int semicolon = fence.lastIndexOf(';');
    String lock = fence.substring(0, Math.max(semicolon, 0));
    long token = token(fence.substring(semicolon + 1));
    if (semicolon < 0 || Names.lockProblem(lock).isPresent() || token < 0) {
      return new Verdict.Malformed(fence);
    }
    return holder(lock, token)
        .flatMap(grant -> claim(lock, grant))
        .<Verdict>map(Verdict.Holds::new)
        .orElse(new Verdict.MovedOn(lock, token));
  }

  private static long token(String text) {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private Optional<Grant> holder(String lock, long token) {
    Entry entry = coordinator.read(Keys.lock(lock), READ_TIMEOUT).entry();
    return entry == null
        ? Optional.empty()
        : transition.decode(entry.value()).holders().stream()
            .filter(grant -> grant.token() == token)
            .findFirst();
  }

  private Optional<Condition> claim(String lock, Grant grant) {
    EntryKey key = Keys.claim(grant.owner().session(), lock, grant.owner().holder());
    Entry entry = coordinator.read(key, READ_TIMEOUT).entry();
    return entry != null
            && ClaimCodec.decode(entry.value()) instanceof Claim.Held held
            && held.token() == grant.token()
        ? Optional.of(new Condition.AtVersion(key, entry.version()))
        : Optional.empty();
  }
}
