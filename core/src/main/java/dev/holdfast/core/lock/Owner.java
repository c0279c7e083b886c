// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.Names;
import dev.holdfast.spi.EntryKey;

/**
 * Who holds or waits for a lock: never a thread, never a connection.
 *
 * @param session as {@link Names#sessionProblem} allows
 * @param holder as {@link Names#holderProblem} allows; a client chooses one for each handle
 */
public record Owner(String session, String holder) {
  public Owner {
    Names.require(session, Names.sessionProblem(session));
    Names.require(holder, Names.holderProblem(holder));
  }

  public EntryKey sessionKey() {
    return Keys.session(session);
  }

  public EntryKey claimKey(String lock) {
    return Keys.claim(session, lock, holder);
  }
}
