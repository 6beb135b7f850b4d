package stagedpercentage

import (
	"errors"
	"fmt"
	"math/big"
	"time"
)

// stage is one step of a rollout.
type stage struct {
	// percentage of the users that get the packages, 0 to 100.
	percentage *big.Float
	// hold is how long the stage is in force. Nil stands for no end, which only the last stage may have.
	hold *time.Duration
}

// check finds the first mistake in a list of stages. Its errors name the stage by its index.
func check(stages []stage) error {
	if len(stages) == 0 {
		return errors.New("stages is empty. Write at least one stage, such as { percentage = 100 }")
	}
	for i, s := range stages {
		if s.percentage.Sign() < 0 || s.percentage.Cmp(big.NewFloat(100)) > 0 {
			return fmt.Errorf("stages[%d].percentage is %s. Write a number from 0 to 100", i, text(s.percentage))
		}
		if i > 0 && s.percentage.Cmp(stages[i-1].percentage) < 0 {
			return fmt.Errorf("stages[%d].percentage is %s, below the %s of stages[%d]. The percentage of a rollout only rises: "+
				"put the stages in rising order", i, text(s.percentage), text(stages[i-1].percentage), i-1)
		}
		if s.hold == nil && i < len(stages)-1 {
			return fmt.Errorf("stages[%d] has no hold, so that stages[%d] would never begin. Write how long it lasts, such as hold = \"24h\"; "+
				"only the last stage needs none", i, i+1)
		}
		if s.hold != nil && *s.hold < 0 {
			return fmt.Errorf("stages[%d].hold is negative. Write how long the stage lasts, such as 24h", i)
		}
	}
	return nil
}

func text(number *big.Float) string { return number.Text('f', -1) }

// inForce returns the percentage of the stage that is in force at now, if the first of the checked stages began at
// startedAt. Before that it is the first. At the very end of a hold the next stage is in force.
func inForce(stages []stage, startedAt, now time.Time) *big.Float {
	last := len(stages) - 1
	end := startedAt
	for _, s := range stages[:last] {
		if end = end.Add(*s.hold); now.Before(end) {
			return s.percentage
		}
	}
	return stages[last].percentage
}
