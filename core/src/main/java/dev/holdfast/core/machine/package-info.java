// SPDX-License-Identifier: Apache-2.0
/**
 * State machines, interpreted. {@link dev.holdfast.core.machine.MachineInterpreter} decides what a
 * request does to an object: a new object with the event that led to it, or all the reasons why
 * not. {@link dev.holdfast.core.machine.MachineTimers} says what is due when, {@link
 * dev.holdfast.core.machine.MachineJournal} folds events to the object, and {@link
 * dev.holdfast.core.machine.Compensation} takes steps back in reverse order.
 */
@NullMarked
package dev.holdfast.core.machine;

import org.jspecify.annotations.NullMarked;
