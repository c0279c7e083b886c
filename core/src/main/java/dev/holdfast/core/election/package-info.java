/**
 * What the exclusive holder of a lock makes known: who leads an election and where it listens, who
 * is a member of a group and with which data.
 *
 * <p>An election is a lock, and a member of a group is the exclusive holder of a lock of its own.
 * {@code proclaimed/<lock>} holds the value, with the token under which it was written. It is
 * written on the condition that the claim of that grant has not moved (R17), so a deposed leader
 * cannot proclaim any more, and it counts only as long as the lock's holder has that token: nobody
 * has to delete it in time. Who does delete it in the end asks that it has not moved, and a token
 * that is over does not come back.
 *
 * <p>A holder numbers its proclamations. A late or repeated one finds a number that is not below
 * its own, and changes nothing: the last value of a holder wins.
 */
@NullMarked
package dev.holdfast.core.election;

import org.jspecify.annotations.NullMarked;
