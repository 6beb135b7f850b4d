# A certain submission: APPLICATION/FLIGHT/SUBMISSION
terraform import msstore_flight_submission.beta 9NBLGGH4R315/43e448df-97c9-4a43-a0bc-2a445e736bcd/1152921504621086517

# The flight's pending submission, else its last published one: APPLICATION/FLIGHT
terraform import msstore_flight_submission.beta 9NBLGGH4R315/43e448df-97c9-4a43-a0bc-2a445e736bcd
