// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Which versions of a key are from before its deletion was reaped. */
final class KeyLivesTest {
  private static final long REAPED = 100;

  private final Map<VersionId, VersionRecord> here = new HashMap<>();

  @Test
  void theEarlierLifeIsForgottenAndTheNewOneStays() {
    VersionId old = root("old", 0, VersionState.CONFIRMED);
    VersionId deletion = child("deletion", VersionState.CONFIRMED, old);
    VersionId fresh = root("new", REAPED, VersionState.CONFIRMED);
    child("newer", VersionState.CONFIRMED, fresh);

    KeyLives.Ended ended = KeyLives.ended(here, REAPED);

    assertThat(ended.forgotten()).containsExactlyInAnyOrder(old, deletion);
    assertThat(ended.unknown()).isEmpty();
  }

  @Test
  void whatNobodyAgreedOnIsUnknownWhenItRestsOnTheEarlierLife() {
    VersionId old = root("old", 0, VersionState.CONFIRMED);
    VersionId apart = child("apart", VersionState.PROVISIONAL, old);
    VersionId further = child("further", VersionState.PROVISIONAL, apart);
    root("a root of its own", 0, VersionState.PROVISIONAL);
    VersionId fresh = root("new", REAPED, VersionState.CONFIRMED);
    child("branch", VersionState.PROVISIONAL, fresh);

    KeyLives.Ended ended = KeyLives.ended(here, REAPED);

    assertThat(ended.forgotten()).containsExactly(old);
    assertThat(ended.unknown()).containsExactlyInAnyOrder(apart, further);
  }

  @Test
  void whatAnAgreedVersionRestsOnWasAgreedOn() {
    VersionId old = root("old", 0, VersionState.PROVISIONAL);
    VersionId next = child("next", VersionState.CONFIRMED, old);

    assertThat(KeyLives.ended(here, REAPED).forgotten()).containsExactlyInAnyOrder(old, next);
  }

  @Test
  void whatIsStagedOrOfNoKnownLifeStays() {
    VersionId missing = new VersionId("a".repeat(64));
    child("of a missing one", VersionState.CONFIRMED, missing);
    root("staged", 0, VersionState.STAGED);
    root("set aside", 0, VersionState.QUARANTINED);

    assertThat(KeyLives.ended(here, REAPED)).isEqualTo(new KeyLives.Ended(Set.of(), Set.of()));
  }

  @Test
  void whatAMergeTookIntoTheNewLifeStays() {
    VersionId old = root("old", 0, VersionState.CONFIRMED);
    VersionId fresh = root("new", REAPED, VersionState.CONFIRMED);
    VersionId deletion = child("deletion", VersionState.CONFIRMED, old);
    child("merge", VersionState.CONFIRMED, old, fresh);

    assertThat(KeyLives.ended(here, REAPED).forgotten()).containsExactly(deletion);
  }

  private VersionId root(String text, long reaped, VersionState state) {
    return add(text, reaped, state, List.of());
  }

  private VersionId child(String text, VersionState state, VersionId... parents) {
    return add(text, 0, state, List.of(parents));
  }

  private VersionId add(String text, long reaped, VersionState state, List<VersionId> parents) {
    Bytes bytes = Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    VersionRecord version =
        new VersionRecord(
            new ObjectKey("k"),
            new TreeSet<>(parents),
            new TreeSet<>(Set.of(new Dot("n1", "i1", here.size() + 1))),
            VersionVector.EMPTY,
            new Content.Inline(bytes),
            Sha256.of(bytes.toArray()),
            "",
            new TreeMap<>(),
            false,
            "",
            0,
            reaped,
            state);
    here.put(version.id(), version);
    return version.id();
  }
}
