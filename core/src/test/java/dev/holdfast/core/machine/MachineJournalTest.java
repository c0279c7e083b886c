// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import static dev.holdfast.core.machine.LockMachine.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.machine.MachineOutcome.Applied;
import dev.holdfast.spi.machine.MachineSchema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MachineJournalTest {
  private final MachineSchema schema = LockMachine.schema();
  private final MachineInterpreter lock = new MachineInterpreter(schema);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void foldOfTheJournalIsTheObjectAtEveryVersion(long seed) {
    Random random = new Random(seed);
    List<JournalEvent> journal = new ArrayList<>();
    Optional<MachineObject> object = Optional.empty();
    Instant now = START;

    for (int step = 0; step < 300; step++) {
      now = now.plusMillis(random.nextInt(-500, 3000));
      if (lock.decide(object, randomRequest(random, object), now) instanceof Applied applied) {
        journal.add(applied.event());
        object = Optional.of(applied.object());
        assertThat(MachineJournal.fold(schema, journal)).as("seed %s", seed).isEqualTo(object);
        assertThat(applied.object().version()).isEqualTo(journal.size());
      }
    }

    assertThat(journal).hasSizeGreaterThan(40);
    assertGapsAreSeen(journal);
  }

  private void assertGapsAreSeen(List<JournalEvent> journal) {
    List<JournalEvent> gap = new ArrayList<>(journal);
    gap.remove(journal.size() / 2);
    List<JournalEvent> repeated = new ArrayList<>(journal);
    repeated.add(journal.getLast());

    assertThatThrownBy(() -> MachineJournal.fold(schema, gap))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MachineJournal.fold(schema, repeated))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private MachineRequest randomRequest(Random random, Optional<MachineObject> object) {
    String client = random.nextBoolean() ? "ann" : "bob";
    long fence =
        object.map(o -> (Long) LockMachine.get(o.data(), "fence")).orElse(0L) - random.nextInt(2);
    return switch (random.nextInt(3)) {
      case 0 -> MachineRequest.byClient("acquire", Map.of("client", client, "ttl", "3s"));
      case 1 ->
          MachineRequest.byClient("release", Map.of("client", client, "fence", Math.max(0, fence)));
      default -> lock.timer("expire");
    };
  }
}
